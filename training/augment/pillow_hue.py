"""Hue, saturation and value of 8-bit images, as Pillow has them."""

import tensorflow as tf


def shift_hue(image, share):
    """Turns the hue by a share of the circle, cut off to one of its 255 steps.

    `keras.layers.RandomHue` does not round to the 8 bits that Pillow keeps hue and saturation in.

    Args:
        image: Uint8 tensor of shape `(height, width, 3)`, RGB, 0-255.
        share: Float or scalar tensor in [-0.5, 0.5].

    Returns:
        Uint8 tensor of the shape of `image`.
    """
    hue, saturation, value = rgb_to_hsv(image)
    steps = tf.cast(tf.cast(share, tf.float64) * 255.0, tf.int32)
    return hsv_to_rgb((hue + steps) % 256, saturation, value)


def rgb_to_hsv(image):
    """Hue, saturation and value, int32 `(height, width)`, 0-255."""
    channels = tf.cast(image, tf.float32)
    red, green, blue = tf.unstack(channels, axis=-1)
    value, least = tf.reduce_max(channels, axis=-1), tf.reduce_min(channels, axis=-1)
    span = value - least
    from_red, from_green, from_blue = (
        tf.cast(tf.math.divide_no_nan(value - each, span), tf.float64) for each in (red, green, blue)
    )
    hue = tf.where(
        red == value,
        from_blue - from_green,
        tf.where(green == value, 2.0 + from_red - from_blue, 4.0 + from_green - from_red),
    )
    # Kept in single precision in between, as Pillow does: two thirds of the circle are a little more.
    hue = tf.cast(tf.cast(hue, tf.float32), tf.float64) / 6.0 + 1.0
    hue = tf.cast(tf.cast(hue - tf.floor(hue), tf.float32), tf.float64)
    hue = tf.where(span > 0.0, tf.cast(hue * 255.0, tf.int32), 0)
    saturation = tf.cast(tf.math.divide_no_nan(span, value) * 255.0, tf.int32)
    return hue, saturation, tf.cast(value, tf.int32)


def hsv_to_rgb(hue, saturation, value):
    """Uint8 `(height, width, 3)`, RGB, from hue, saturation and value, 0-255."""
    sixth = tf.cast(hue, tf.float32) * 6.0 / 255.0
    share = tf.cast(saturation, tf.float32) / 255.0
    level = tf.cast(value, tf.float32)
    sector = tf.floor(sixth)
    within = sixth - sector
    low, falling, rising = (
        tf.floor(level * (1.0 - share * each) + 0.5) for each in (tf.ones_like(within), within, 1.0 - within)
    )
    sector = tf.cast(sector, tf.int32) % 6
    red = tf.gather(tf.stack([level, falling, low, low, rising, level], axis=-1), sector, batch_dims=2)
    green = tf.gather(tf.stack([rising, level, level, falling, low, low], axis=-1), sector, batch_dims=2)
    blue = tf.gather(tf.stack([low, low, rising, level, level, falling], axis=-1), sector, batch_dims=2)
    return tf.cast(tf.stack([red, green, blue], axis=-1), tf.uint8)
