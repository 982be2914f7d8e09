"""Reading encoded pictures inside a TensorFlow graph: the counterpart of `read_image`."""

from keras_mobilevitv3.array_types import Tensor
from keras_mobilevitv3.preprocessing.exif_orientation import exif_orientation, upright

# Of the two methods of TensorFlow, the one whose levels are those of Pillow; the default is up to six levels off.
DCT_METHOD = "INTEGER_ACCURATE"


def decode_in_graph(contents: Tensor) -> Tensor:
    """Decodes a JPEG, PNG, GIF or BMP file to an upright RGB picture.

    The result is that of `read_image`; for CMYK to one level. A damaged file is an `InvalidArgumentError`.

    Args:
        contents: String scalar tensor, the contents of the file.

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
