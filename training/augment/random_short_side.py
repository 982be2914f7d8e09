"""Resizing an image and its mask to a random size."""

import tensorflow as tf

from training.augment.resize import resize, resize_nearest


def sample_size(seed, height, width, short_side, max_long_side=None):
    """Draws the size of a random resize: the shorter side uniform in a range, the aspect kept.

    Args:
        seed: Integer tensor of shape `(2,)`.
        height: Integer or scalar tensor, height of the image.
        width: Integer or scalar tensor, width of the image.
        short_side: Pair of integers, least and greatest length of the shorter side, both included.
        max_long_side: Integer, length of the longer side that shrinks the result further, or `None`. Defaults to
            `None`.

    Returns:
        Int32 tensor of shape `(2,)`: height and width, lengths cut off to whole numbers.
    """
    low, high = short_side
    size = tf.stack([height, width])
    shorter, longer = tf.minimum(height, width), tf.maximum(height, width)
    wanted = tf.random.stateless_uniform([], seed, low, high + 1, tf.int32)
    resized = wanted * size // shorter
    if max_long_side is not None:
        resized = tf.where(wanted * longer > max_long_side * shorter, max_long_side * size // longer, resized)
    return tf.maximum(resized, 1)


def random_short_side(
    image, mask, seed, short_side, max_long_side=None, interpolation="bilinear", antialias=False, nearest="floor"
):
    """Resizes an image and its mask to a random size, see `sample_size`.

    Args:
        image: Uint8 tensor of shape `(height, width, 3)`, RGB, 0-255.
        mask: Uint8 tensor of shape `(height, width)`.
        seed, short_side, max_long_side: See `sample_size`.
        interpolation, antialias: See `training.augment.resize.resize`.
        nearest: See `training.augment.resize.resize_nearest`.

    Returns:
        Tuple of image and mask.
    """
    size = sample_size(seed, *tf.unstack(tf.shape(mask)), short_side, max_long_side)
    return resize_both(image, mask, size, interpolation, antialias, nearest)


def resize_both(image, mask, size, interpolation="bilinear", antialias=False, nearest="floor"):
    """Resizes an image and its mask, which stay as they are if they have the size."""
    return tf.cond(
        tf.reduce_all(tf.shape(mask) == size),
        lambda: (image, mask),
        lambda: (resize(image, size, interpolation, antialias), resize_nearest(mask, size, nearest)),
    )
