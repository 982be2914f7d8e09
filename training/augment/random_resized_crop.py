"""Crops of random area and aspect ratio."""

import math

import tensorflow as tf

from training.augment.resize import resize

TRIES = 10


def sample_crop(seed, height, width, scale=(0.08, 1.0), ratio=(3 / 4, 4 / 3)):
    """Draws the box of a random resized crop.

    The box has a share of the area drawn from `scale` and a ratio of width to height drawn from `ratio`, uniform in the
    logarithm. Of ten tries the first that fits into the image is taken, anywhere in the image; if none fits, the
    largest box in the centre with a ratio inside `ratio`. `keras.layers.RandomCrop` has a fixed size, and
    `tf.image.sample_distorted_bounding_box` draws the ratio uniformly and takes the whole image if no try fits.

    Args:
        seed: Integer tensor of shape `(2,)`.
        height: Integer or scalar tensor, height of the image in pixels.
        width: Integer or scalar tensor, width of the image in pixels.
        scale: Pair of floats, least and greatest share of the area. Defaults to `(0.08, 1.0)`.
        ratio: Pair of floats, least and greatest width / height. Defaults to `(3/4, 4/3)`.

    Returns:
        Int32 tensor of shape `(4,)`: top, left, height and width, as `tf.io.decode_and_crop_jpeg` takes them.
    """
    height, width = tf.cast(height, tf.int32), tf.cast(width, tf.int32)
    seeds = tf.random.split(seed, 3)
    area = tf.cast(height * width, tf.float32) * tf.random.stateless_uniform([TRIES], seeds[0], *scale)
    log_ratio = tf.random.stateless_uniform([TRIES], seeds[1], math.log(ratio[0]), math.log(ratio[1]))
    heights = tf.cast(tf.round(tf.sqrt(area / tf.exp(log_ratio))), tf.int32)
    widths = tf.cast(tf.round(tf.sqrt(area * tf.exp(log_ratio))), tf.int32)
    fits = (heights > 0) & (heights <= height) & (widths > 0) & (widths <= width)
    first = tf.argmax(tf.cast(fits, tf.int32), output_type=tf.int32)

    corner = tf.random.stateless_uniform([2], seeds[2])  # [0, 1)
    size = tf.stack([heights[first], widths[first]])
    room = tf.stack([height, width]) - size
    corner = tf.minimum(tf.cast(corner * tf.cast(room + 1, tf.float32), tf.int32), room)
    return tf.where(fits[first], tf.concat([corner, size], axis=0), _center_crop(height, width, ratio))


def _center_crop(height, width, ratio):
    """The largest box in the centre with a ratio of width to height inside `ratio`."""
    h, w = tf.cast(height, tf.float32), tf.cast(width, tf.float32)
    size = tf.stack(
        [
            tf.where(w / h < ratio[0], tf.cast(tf.round(w / ratio[0]), tf.int32), height),
            tf.where(w / h > ratio[1], tf.cast(tf.round(h * ratio[1]), tf.int32), width),
        ]
    )
    return tf.concat([(tf.stack([height, width]) - size) // 2, size], axis=0)


def crop(image, box):
    """Cuts the box (top, left, height, width) out of an image `(height, width, channels)`."""
    return image[box[0] : box[0] + box[2], box[1] : box[1] + box[3]]


def random_resized_crop(
    image, seed, size, scale=(0.08, 1.0), ratio=(3 / 4, 4 / 3), interpolation="bilinear", antialias=False
):
    """Cuts a random box out of an image, see `sample_crop`, and resizes it, see `resize`.

    Args:
        image: Tensor of shape `(height, width, 3)`, RGB, 0-255.
        seed: Integer tensor of shape `(2,)`.
        size: Pair of integers, height and width of the result.
        scale: Pair of floats, least and greatest share of the area. Defaults to `(0.08, 1.0)`.
        ratio: Pair of floats, least and greatest width / height. Defaults to `(3/4, 4/3)`.
        interpolation: String, `"bilinear"` or `"bicubic"`. Defaults to `"bilinear"`.
        antialias: Boolean, see `resize`. Defaults to `False`.

    Returns:
        Uint8 tensor of shape `(*size, 3)`.
    """
    shape = tf.shape(image)
    return resize(crop(image, sample_crop(seed, shape[0], shape[1], scale, ratio)), size, interpolation, antialias)
