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
    size = tf.cast(tf.shape(image)[:2], tf.float64) / 2.0
    angle = tf.cast(magnitude, tf.float64) * (-math.pi / 180)
    cos, sin = tf.cos(angle), tf.sin(angle)
    x, y = size[1], size[0]
    return affine(image, (cos, sin, x - cos * x - sin * y), (-sin, cos, y + sin * x - cos * y))


def affine(image, x_row, y_row):
    """Takes each pixel of the result from `(a*x + b*y + c, d*x + e*y + f)`, x to the right, y downwards.

    Args:
        image: Uint8 tensor of shape `(height, width, channels)`.
        x_row: Triple `(a, b, c)` of floats or float64 scalars; centres of pixels lie at halves.
        y_row: Triple `(d, e, f)`.

    Returns:
        Uint8 tensor of the shape of `image`.
    """
    height, width = tf.shape(image)[0], tf.shape(image)[1]
    x = tf.range(tf.cast(width, tf.float64), dtype=tf.float64) + 0.5
    y = tf.range(tf.cast(height, tf.float64), dtype=tf.float64)[:, None] + 0.5
    a, b, c, d, e, f = (tf.cast(value, tf.float64) for value in (*x_row, *y_row))
    left, right, across, inside_x = _neighbours(a * x + b * y + c, width)
    upper, lower, down, inside_y = _neighbours(d * x + e * y + f, height)

    pixels = tf.reshape(image, [height * width, image.shape[-1]])

    def take(rows, columns):  # (H, W, C)
        return tf.cast(tf.gather(pixels, rows * width + columns), tf.float32)

    above = _blend(take(upper, left), take(upper, right), across)
    below = _blend(take(lower, left), take(lower, right), across)
    result = tf.cast(_blend(above, below, down), tf.uint8)  # cut off, not rounded
    result = tf.where((inside_x & inside_y)[..., None], result, tf.zeros([], tf.uint8))
    return tf.ensure_shape(result, image.shape)


def _neighbours(position, size):
    """The two pixels around each position, the weight of the second, and whether the position is in the image."""
    inside = (position >= 0.0) & (position < tf.cast(size, tf.float64))
    low = tf.floor(position - 0.5)
    weight = tf.cast(position - 0.5 - low, tf.float32)[..., None]
    low = tf.cast(low, tf.int32)
    return tf.clip_by_value(low, 0, size - 1), tf.clip_by_value(low + 1, 0, size - 1), weight, inside


def _blend(first, second, weight):
    return first + (second - first) * weight
