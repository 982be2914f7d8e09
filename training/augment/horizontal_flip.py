"""Random mirroring."""

import tensorflow as tf


def random_horizontal_flip(image, seed, probability=0.5):
    """Mirrors an image left to right with a probability.

    `keras.layers.RandomFlip` does the same at a probability of 0.5, with a seed of its own state instead of one given
    with the image.

    Args:
        image: Tensor of shape `(height, width, channels)`.
        seed: Integer tensor of shape `(2,)`.
        probability: Float in [0, 1]. Defaults to `0.5`.

    Returns:
        Tensor of the shape and type of `image`.
    """
    mirrored = tf.random.stateless_uniform([], seed) < probability
    return tf.cond(mirrored, lambda: tf.reverse(image, axis=[1]), lambda: image)


def random_horizontal_flip_with_boxes(image, boxes, seed, probability=0.5):
    """Mirrors an image and its boxes left to right with a probability.

    Args:
        image: Tensor of shape `(height, width, channels)`.
        boxes: Float tensor of shape `(count, 4)`, xyxy in pixels.
        seed: Integer tensor of shape `(2,)`.
        probability: Float in [0, 1]. Defaults to `0.5`.

    Returns:
        Tuple of image and boxes.
    """
    mirrored = tf.random.stateless_uniform([], seed) < probability
    width = tf.cast(tf.shape(image)[1], boxes.dtype)
    flipped = tf.stack([width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], axis=1)
    return tf.cond(mirrored, lambda: (tf.reverse(image, axis=[1]), flipped), lambda: (image, boxes))
