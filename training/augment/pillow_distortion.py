"""Random changes of colour of the separable family, on Pillow's 8-bit images."""

import tensorflow as tf

from training.augment.color_operations import brightness, color, contrast
from training.augment.pillow_hue import shift_hue

BRIGHTNESS = (0.875, 1.125)
CONTRAST = (0.5, 1.5)
SATURATION = (0.5, 1.5)
HUE = (-0.05, 0.05)


def pillow_distortion(image, seed):
    """Changes brightness, contrast, saturation, hue and the order of the channels, each half of the time.

    Contrast is changed after brightness in a quarter of all cases, after the hue in another quarter: a first draw
    decides the place, a second one whether to change it.

    Args:
        image: Uint8 tensor of shape `(height, width, 3)`, RGB, 0-255.
        seed: Integer tensor of shape `(2,)`.

    Returns:
        Uint8 tensor of the shape of `image`.
    """
    seeds = tf.random.split(seed, 6)
    first, *happens = tf.unstack(tf.random.stateless_uniform([6], seeds[0]) < 0.5)

    def change(image, condition, operation, number, limits):
        amount = tf.random.stateless_uniform([], seeds[number], *limits)
        return tf.cond(condition, lambda: operation(image, amount), lambda: image)

    def by_factor(operation):  # 1 is the image itself; the operations take the difference to it
        return lambda image, factor: operation(image, factor - 1.0)

    image = change(image, happens[0], by_factor(brightness), 1, BRIGHTNESS)
    image = change(image, happens[1] & first, by_factor(contrast), 2, CONTRAST)
    image = change(image, happens[2], by_factor(color), 3, SATURATION)
    image = change(image, happens[3], shift_hue, 4, HUE)
    image = change(image, happens[1] & ~first, by_factor(contrast), 2, CONTRAST)
    return permute_channels(image, seeds[5], happens[4])


def permute_channels(image, seed, condition):
    """Puts the channels in a random order, which may be theirs, if a condition holds."""
    order = tf.random.experimental.stateless_shuffle(tf.range(3), seed)
    return tf.cond(condition, lambda: tf.gather(image, order, axis=-1), lambda: image)
