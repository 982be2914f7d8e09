"""OpenCV with one thread, because the workers of an input pipeline already share the cores.

Every module of this folder imports `cv2` from here.
"""

import cv2

cv2.setNumThreads(0)
