"""Erasing a random box of an image."""

import math

import tensorflow as tf

TRIES = 10


def random_erasing(image, seed, probability=0.25, scale=(0.02, 0.33), ratio=(0.3, 3.3)):
    """Sets a random box of an image to 0 with a probability.

    The share of the area is uniform in `scale`, the ratio of height to width uniform in the logarithm; of ten tries the
    first that is smaller than the image in both directions is erased, and nothing if there is none.
    `keras.layers.RandomErasing` draws the ratio uniformly, cuts boxes off at the border instead of trying again, and
    has a seed of its own state.

    Args:
        image: Tensor of shape `(height, width, channels)`, of any scale and type: the box becomes 0.
        seed: Integer tensor of shape `(2,)`.
        probability: Float in [0, 1]. Defaults to `0.25`.
        scale: Pair of floats, least and greatest share of the area. Defaults to `(0.02, 0.33)`.
        ratio: Pair of floats, least and greatest height / width. Defaults to `(0.3, 3.3)`.

    Returns:
        Tensor of the shape and type of `image`.
    """
    seeds = tf.random.split(seed, 2)
    erased = tf.random.stateless_uniform([], seeds[0]) < probability
    return tf.cond(erased, lambda: _erase(image, seeds[1], scale, ratio), lambda: image)


def _erase(image, seed, scale, ratio):
    box = sample_erased_box(seed, tf.shape(image)[0], tf.shape(image)[1], scale, ratio)
    rows, columns = tf.range(tf.shape(image)[0])[:, None], tf.range(tf.shape(image)[1])
    inside = (rows >= box[0]) & (rows < box[0] + box[2]) & (columns >= box[1]) & (columns < box[1] + box[3])
    return tf.where(inside[..., None], tf.zeros([], image.dtype), image)


def sample_erased_box(seed, height, width, scale=(0.02, 0.33), ratio=(0.3, 3.3)):
    """Draws the box to erase: int32 top, left, height and width; height and width are 0 if no try fits."""
    seeds = tf.random.split(seed, 3)
    area = tf.cast(height * width, tf.float32) * tf.random.stateless_uniform([TRIES], seeds[0], *scale)
    aspect = tf.exp(tf.random.stateless_uniform([TRIES], seeds[1], math.log(ratio[0]), math.log(ratio[1])))
    heights = tf.cast(tf.round(tf.sqrt(area * aspect)), tf.int32)
    widths = tf.cast(tf.round(tf.sqrt(area / aspect)), tf.int32)
    fits = (heights < height) & (widths < width)
    first = tf.argmax(tf.cast(fits, tf.int32), output_type=tf.int32)
    size = tf.where(fits[first], tf.stack([heights[first], widths[first]]), 0)
    room = tf.stack([height, width]) - size
    corner = tf.cast(tf.random.stateless_uniform([2], seeds[2]) * tf.cast(room + 1, tf.float32), tf.int32)
    return tf.concat([tf.minimum(corner, room), size], axis=0)
