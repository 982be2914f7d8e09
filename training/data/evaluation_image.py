"""Images of an evaluation: read by Pillow and resized by NumPy, as predictions read and resize them."""

import numpy as np
import tensorflow as tf

from keras_mobilevitv3.preprocessing.picture_reading import decode_image


def evaluation_image(image, resize, size):
    """Reads and resizes an image inside a `tf.data` function.

    Args:
        image: What a source loads: a scalar string tensor, an encoded file, or a uint8 tensor `(height, width, 3)`.
        resize: Function from a uint8 array `(height, width, 3)` to an array `(size, size, 3)` of whole levels 0-255.
        size: Integer.

    Returns:
        Tuple of the resized image, uint8 `(size, size, 3)`, and of the height and the width of the upright image. An
        image that Pillow cannot read is an error of TensorFlow.
    """

    def read_and_resize(image):
        picture = picture_of(image)
        return np.asarray(resize(picture), "uint8"), *np.array(picture.shape[:2], "int32")

    resized, height, width = tf.numpy_function(read_and_resize, [image], (tf.uint8, tf.int32, tf.int32), stateful=False)
    return tf.ensure_shape(resized, [size, size, 3]), tf.ensure_shape(height, []), tf.ensure_shape(width, [])


def picture_of(image):
    """The upright picture, a uint8 array `(height, width, 3)`, of the contents of a file, or such an array itself."""
    return decode_image(image) if isinstance(image, bytes) else np.asarray(image)
