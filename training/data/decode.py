"""Encoded images to RGB inside a TensorFlow graph."""

import tensorflow as tf

from keras_mobilevitv3.preprocessing.exif_orientation import exif_orientation, upright
from keras_mobilevitv3.preprocessing.graph_decoding import DCT_METHOD
from keras_mobilevitv3.preprocessing.graph_decoding import decode_in_graph as decode
from training.augment.random_resized_crop import crop

__all__ = ["decode", "decode_box"]


def decode_box(data, choose_box):
    """Decodes a part of a file, of a JPEG without decoding all of it, and turns it upright.

    The box of a JPEG is a part of the pixels as they are stored; an EXIF orientation turns that part. A JPEG without
    its end marker is decoded in full, so that a truncated file is an error wherever the box lies.

    Args:
        data: Scalar string tensor, the bytes of a file.
        choose_box: Callable of the height and width of the image that returns an int32 tensor of shape `(4,)`: top,
            left, height and width of the part.

    Returns:
        Uint8 tensor of the shape of the box and three channels, RGB, 0-255.
    """

    def decode_jpeg_box():
        shape = tf.io.extract_jpeg_shape(data)
        box = choose_box(shape[0], shape[1])
        image = tf.image.decode_and_crop_jpeg(data, box, channels=3, dct_method=DCT_METHOD)
        return upright(image, exif_orientation(data))

    def decode_and_cut():
        image = decode(data)
        shape = tf.shape(image)
        return crop(image, choose_box(shape[0], shape[1]))

    complete = tf.io.is_jpeg(data) & (tf.strings.substr(data, -2, 2) == b"\xff\xd9")
    return tf.ensure_shape(tf.cond(complete, decode_jpeg_box, decode_and_cut), [None, None, 3])
