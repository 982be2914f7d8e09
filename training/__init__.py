"""Training of MobileViTv3: recipes, data, augmentation and the programs that run them.

Run from a checkout; it imports `keras_mobilevitv3`, never the other way round. Images are read and changed by NumPy,
Pillow and OpenCV, and batched by Grain, on every backend of Keras.
"""

from keras_mobilevitv3.backend_check import exit_without_backend

exit_without_backend("training")  # before a module of it imports Keras
