"""Blurring an image, as Pillow does."""

import tensorflow as tf

PASSES = 3


def random_gaussian_blur(image, seed, probability=0.5, max_radius=1.0):
    """Blurs an image with a probability, with a radius uniform from 0.

    Args:
        image: Uint8 tensor of shape `(height, width, 3)`.
        seed: Integer tensor of shape `(2,)`.
        probability: Float in [0, 1]. Defaults to `0.5`.
        max_radius: Float, standard deviation in pixels, up to 1.4. Defaults to `1.0`.

    Returns:
        Uint8 tensor of the shape of `image`.
    """
    seeds = tf.random.split(seed, 2)
    blurred = tf.random.stateless_uniform([], seeds[0]) < probability
    radius = tf.random.stateless_uniform([], seeds[1], 0.0, max_radius)
    return tf.cond(blurred, lambda: gaussian_blur(image, radius), lambda: image)


def gaussian_blur(image, radius):
    """Blurs with a Gaussian, as Pillow's `GaussianBlur` makes it of three box blurs along each side.

    The result is Pillow's, but for one level where a radius such as 0.3 or 1 gives weights that make halves.
    `keras.layers.RandomGaussianBlur` has one size of kernel and a seed of its own state.

    Args:
        image: Uint8 tensor of shape `(height, width, channels)`.
        radius: Float or scalar tensor, standard deviation in pixels, below the square root of 2, where a box has three
            pixels.

    Returns:
        Uint8 tensor of the shape of `image`.
    """
    variance = tf.cast(radius, tf.float32) ** 2 / PASSES
    edge = variance / (2.0 * (1.0 - variance))  # share of the outer two pixels
    middle = 1.0 / (2.0 * edge + 1.0)
    for axis in (1, 0):
        for _ in range(PASSES):
            image = _box(image, axis, middle, (1.0 - middle) / 2.0)
    return tf.cast(image, tf.uint8)


def _box(image, axis, middle, outer):
    """Mean of three pixels along an axis, rounded to whole levels, float32; the border is repeated."""
    pixels = tf.cast(image, tf.float32)
    margins = [[int(axis == each)] * 2 for each in range(3)]
    padded = tf.pad(pixels, margins, "SYMMETRIC")
    before, after = (padded[:-2], padded[2:]) if axis == 0 else (padded[:, :-2], padded[:, 2:])
    return tf.floor(pixels * middle + (before + after) * outer + 0.5)
