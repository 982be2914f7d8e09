"""Encoded images to RGB."""

import tensorflow as tf

from training.augment.random_resized_crop import crop

# Of the two that TensorFlow has, the one whose levels are those of Pillow and OpenCV.
DCT_METHOD = "INTEGER_ACCURATE"


def decode(data):
    """Decodes a JPEG, PNG, BMP or GIF file.

    Grayscale, palette and CMYK become RGB, of 16 bits the higher 8 are kept, transparency is dropped, of a GIF the
    first picture is taken. An EXIF orientation is not applied, as Pillow does not by itself.

    Args:
        data: Scalar string tensor, the bytes of a file.

    Returns:
        Uint8 tensor of shape `(height, width, 3)`, RGB, 0-255.
    """
    image = tf.cond(tf.io.is_jpeg(data), lambda: _decode_jpeg(data), lambda: _decode_other(data))
    return tf.ensure_shape(image, [None, None, 3])


def decode_box(data, choose_box):
    """Decodes a part of a file, of a JPEG without decoding all of it.

    A JPEG without its end marker is decoded in full, so that a truncated file is an error wherever the box lies.

    Args:
        data: Scalar string tensor, the bytes of a file.
        choose_box: Callable of the height and width of the image that returns an int32 tensor of shape `(4,)`: top,
            left, height and width of the part.

    Returns:
        Uint8 tensor of the shape of the box and three channels, RGB, 0-255.
    """

    def decode_jpeg_box():
        shape = tf.io.extract_jpeg_shape(data)
        return tf.image.decode_and_crop_jpeg(data, choose_box(shape[0], shape[1]), channels=3, dct_method=DCT_METHOD)

    def decode_and_cut():
        image = decode(data)
        shape = tf.shape(image)
        return crop(image, choose_box(shape[0], shape[1]))

    complete = tf.io.is_jpeg(data) & (tf.strings.substr(data, -2, 2) == b"\xff\xd9")
    return tf.ensure_shape(tf.cond(complete, decode_jpeg_box, decode_and_cut), [None, None, 3])


def _decode_jpeg(data):
    return tf.io.decode_jpeg(data, channels=3, dct_method=DCT_METHOD)


def _decode_other(data):
    return tf.io.decode_image(data, channels=3, expand_animations=False)
