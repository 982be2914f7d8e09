"""Training of MobileViTv3: recipes, data, augmentation and the programs that use them.

The folder is part of a checkout, not of the package. It imports `keras_mobilevitv3`; the package never imports it. On
every backend of Keras, NumPy, Pillow and OpenCV prepare images, and Grain batches them.
"""

from keras_mobilevitv3.backend_check import exit_without_backend

exit_without_backend("training")  # before a module of this folder imports Keras
