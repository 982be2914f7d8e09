"""Shearing, shifting and turning an image, as Pillow does on 8-bit images.

Images are uint8, `(height, width, 3)`. What comes from outside of the image is black; in between, bilinear
interpolation, cut off to whole levels. `keras.layers.RandomShear`, `RandomTranslation` and `RandomRotation` take
another centre for a shear and fade the border into the fill.
"""

import math

import tensorflow as tf


def shear_x(image, magnitude):
    """Shears along the width; the top left corner stays, `magnitude` is the tangent of the angle."""
    return affine(image, (1.0, magnitude, 0.0), (0.0, 1.0, 0.0))


def shear_y(image, magnitude):
    """Shears along the height; the top left corner stays, `magnitude` is the tangent of the angle."""
    return affine(image, (1.0, 0.0, 0.0), (magnitude, 1.0, 0.0))


def translate_x(image, magnitude):
    """Shifts to the right by `magnitude` pixels, cut off to a whole number."""
    return affine(image, (1.0, 0.0, -tf.cast(tf.cast(magnitude, tf.int32), tf.float64)), (0.0, 1.0, 0.0))


def translate_y(image, magnitude):
    """Shifts downwards by `magnitude` pixels, cut off to a whole number."""
    return affine(image, (1.0, 0.0, 0.0), (0.0, 1.0, -tf.cast(tf.cast(magnitude, tf.int32), tf.float64)))


def rotate(image, magnitude):
    """Turns counter-clockwise about the centre by `magnitude` degrees."""
    return affine(image, *rotation(tf.shape(image)[:2], magnitude))


def rotate_nearest(image, magnitude, fill):
    """Turns counter-clockwise about the centre by `magnitude` degrees without mixing levels; `fill` comes from outside.

    Args:
        image: Tensor of shape `(height, width)`, of any type.
        magnitude: Float or scalar tensor.
        fill: Number.

    Returns:
        Tensor of the shape and type of `image`.
    """
    height, width = tf.unstack(tf.shape(image)[:2])
    x, y = _sources((height, width), *rotation((height, width), magnitude))
    column, row = tf.cast(tf.floor(x), tf.int32), tf.cast(tf.floor(y), tf.int32)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    index = tf.where(inside, row * width + column, 0)
    return tf.where(inside, tf.gather(tf.reshape(image, [-1]), index), tf.cast(fill, image.dtype))


def rotation(size, magnitude):
    """The rows of `affine` that turn an image of a size (height, width) about its centre."""
    y, x = (tf.cast(length, tf.float64) / 2.0 for length in (size[0], size[1]))
    angle = tf.cast(magnitude, tf.float64) * (-math.pi / 180)
    cos, sin = tf.cos(angle), tf.sin(angle)
    return (cos, sin, x - cos * x - sin * y), (-sin, cos, y + sin * x - cos * y)


def affine(image, x_row, y_row):
    """Takes each pixel of the result from `(a*x + b*y + c, d*x + e*y + f)`, x to the right, y downwards.

    Args:
        image: Uint8 tensor of shape `(height, width, channels)`.
        x_row: Triple `(a, b, c)` of floats or float64 scalars; centers of pixels lie at halves.
        y_row: Triple `(d, e, f)`.

    Returns:
        Uint8 tensor of the shape of `image`.
    """
    height, width = tf.shape(image)[0], tf.shape(image)[1]
    x, y = _sources((height, width), x_row, y_row)
    left, right, across, inside_x = _neighbours(x, width)
    upper, lower, down, inside_y = _neighbours(y, height)

    pixels = tf.reshape(image, [height * width, image.shape[-1]])

    def take(rows, columns):  # (H, W, C)
        return tf.cast(tf.gather(pixels, rows * width + columns), tf.float32)

    above = _blend(take(upper, left), take(upper, right), across)
    below = _blend(take(lower, left), take(lower, right), across)
    result = tf.cast(_blend(above, below, down), tf.uint8)  # cut off, not rounded
    result = tf.where((inside_x & inside_y)[..., None], result, tf.zeros([], tf.uint8))
    return tf.ensure_shape(result, image.shape)


def _sources(size, x_row, y_row):
    """Where each pixel of the result comes from: x and y, float64 `(height, width)`."""
    height, width = (tf.cast(length, tf.float64) for length in size)
    x = tf.range(width, dtype=tf.float64) + 0.5
    y = tf.range(height, dtype=tf.float64)[:, None] + 0.5
    a, b, c, d, e, f = (tf.cast(value, tf.float64) for value in (*x_row, *y_row))
    return a * x + b * y + c, d * x + e * y + f


def _neighbours(position, size):
    """The two pixels around each position, the weight of the second, and whether the position is in the image."""
    inside = (position >= 0.0) & (position < tf.cast(size, tf.float64))
    low = tf.floor(position - 0.5)
    weight = tf.cast(position - 0.5 - low, tf.float32)[..., None]
    low = tf.cast(low, tf.int32)
    return tf.clip_by_value(low, 0, size - 1), tf.clip_by_value(low + 1, 0, size - 1), weight, inside


def _blend(first, second, weight):
    return first + (second - first) * weight
