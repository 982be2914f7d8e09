"""Decodes pictures inside a TensorFlow graph as `read_image` does outside."""

from keras_mobilevitv3.array_types import Tensor
from keras_mobilevitv3.preprocessing.exif_orientation import exif_orientation, upright

# This method gives the same pixel values as Pillow. TensorFlow's default differs by up to six levels.
DCT_METHOD = "INTEGER_ACCURATE"


def decode_in_graph(contents: Tensor) -> Tensor:
    """Decodes a JPEG, PNG, GIF or BMP file to an upright RGB picture.

    The result equals `read_image`; CMYK files differ by up to one level. A damaged file raises `InvalidArgumentError`.

    Args:
        contents: String scalar tensor, contents of the file.

    Returns:
        Uint8 tensor of shape `(height, width, 3)`, RGB, 0-255.
    """
    import tensorflow as tf

    def jpeg():
        return tf.io.decode_jpeg(contents, channels=3, dct_method=DCT_METHOD)

    def other():
        return tf.io.decode_image(contents, channels=3, expand_animations=False)

    picture = tf.ensure_shape(tf.cond(tf.io.is_jpeg(contents), jpeg, other), (None, None, 3))
    return upright(picture, exif_orientation(contents))
