"""Random changes of colour of the multi-head family's detectors, with OpenCV's 8-bit HSV."""

import tensorflow as tf

from training.augment.pillow_distortion import permute_channels

CONTRAST = (0.5, 1.5)
BRIGHTNESS = (-51.0, 51.0)  # 0.2 of 255
SATURATION = (0.5, 1.5)
HUE = (-12.75, 12.75)  # 0.05 of 255, steps of two degrees


def opencv_distortion(image, seed):
    """Changes contrast, brightness, saturation, hue and the order of the channels, each half of the time.

    Contrast is a factor of the levels, brightness is added to them; contrast has a second chance after the hue where it
    was not changed before. A hue that leaves the circle is cut off at its beginning.

    Args:
        image: Uint8 tensor of shape `(height, width, 3)`, RGB, 0-255.
        seed: Integer tensor of shape `(2,)`.

    Returns:
        Uint8 tensor of the shape of `image`.
    """
    seeds = tf.random.split(seed, 2)
    happens = tf.unstack(tf.random.stateless_uniform([6], seeds[0]) < 0.5)
    amounts = tf.random.stateless_uniform([4], seeds[1])
    factor, added, saturation, hue = (
        low + (high - low) * amounts[number]
        for number, (low, high) in enumerate((CONTRAST, BRIGHTNESS, SATURATION, HUE))
    )
    levels = tf.cast(image, tf.float32)
    levels = levels * tf.where(happens[0], factor, 1.0) + tf.where(happens[1], added, 0.0)
    image = _cut_off(levels)
    changed = happens[2] | happens[3]
    scale, shift = tf.where(happens[2], saturation, 1.0), tf.where(happens[3], tf.cast(hue, tf.int32), 0)
    image = tf.cond(changed, lambda: shift_hsv(image, scale, shift), lambda: image)
    late = happens[4] & ~happens[0]
    image = tf.cond(late, lambda: _cut_off(tf.cast(image, tf.float32) * factor), lambda: image)
    return permute_channels(image, tf.random.fold_in(seeds[1], 1), happens[5])


def shift_hsv(image, scale, shift):
    """Multiplies the saturation and adds to the hue, both cut off to 0-255.

    Args:
        image: Uint8 tensor of shape `(height, width, 3)`, RGB, 0-255.
        scale: Scalar float tensor.
        shift: Scalar int32 tensor, in steps of two degrees.

    Returns:
        Uint8 tensor of the shape of `image`.
    """
    hue, saturation, value = rgb_to_hsv(image)
    saturation = tf.cast(_cut_off(tf.cast(saturation, tf.float32) * scale), tf.int32)
    return hsv_to_rgb(tf.clip_by_value(hue + shift, 0, 255), saturation, value)


def rgb_to_hsv(image):
    """Hue, 0-179 in steps of two degrees, saturation and value, 0-255, int32 `(height, width)`."""
    channels = tf.cast(image, tf.float32)
    red, green, blue = tf.unstack(channels, axis=-1)
    value = tf.reduce_max(channels, axis=-1)
    span = value - tf.reduce_min(channels, axis=-1)
    sixths = tf.where(
        value == red, green - blue, tf.where(value == green, blue - red + 2.0 * span, red - green + 4.0 * span)
    )
    hue = tf.floor(tf.math.divide_no_nan(sixths * 30.0, span) + 0.5)
    hue = tf.where(hue < 0.0, hue + 180.0, hue)
    saturation = tf.floor(tf.math.divide_no_nan(span * 255.0, value) + 0.5)
    return tuple(tf.cast(each, tf.int32) for each in (hue, saturation, value))


def hsv_to_rgb(hue, saturation, value):
    """Uint8 `(height, width, 3)`, RGB, from hue in steps of two degrees, which may pass the circle, and 0-255."""
    sixths = tf.cast(hue, tf.float32) / 30.0
    share, level = tf.cast(saturation, tf.float32) / 255.0, tf.cast(value, tf.float32)

    def channel(offset):  # a trapezoid around the circle, of which each colour has its own place
        place = tf.math.floormod(sixths + offset, 6.0)
        return level * (1.0 - share * tf.clip_by_value(tf.minimum(place, 4.0 - place), 0.0, 1.0))

    return tf.cast(tf.round(tf.stack([channel(5.0), channel(3.0), channel(1.0)], axis=-1)), tf.uint8)


def _cut_off(levels):
    return tf.cast(tf.clip_by_value(levels, 0.0, 255.0), tf.uint8)
