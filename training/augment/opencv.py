"""OpenCV on one core: the workers of an input pipeline share the cores already.

Every module of this folder imports `cv2` from here.
"""

import cv2

cv2.setNumThreads(0)
