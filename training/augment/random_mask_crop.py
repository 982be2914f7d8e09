"""Crops of an image and its mask that are not nearly all of one class."""

import tensorflow as tf

from training.augment import VOID
from training.augment.random_resized_crop import crop
from training.augment.random_short_side import resize_both

TRIES = 10


def random_mask_crop(
    image,
    mask,
    seed,
    size,
    padding=False,
    max_class_share=None,
    void=VOID,
    interpolation="bilinear",
    antialias=False,
    nearest="floor",
):
    """Cuts the same random square out of an image and its mask.

    Args:
        image: Uint8 tensor of shape `(height, width, 3)`, RGB, 0-255.
        mask: Uint8 tensor of shape `(height, width)`.
        seed: Integer tensor of shape `(2,)`.
        size: Integer, height and width of the square.
        padding: Boolean, what becomes of a smaller image: with `True` black and void pixels are added at the right and
            at the bottom, with `False` its shorter side is enlarged to `size`. Defaults to `False`.
        max_class_share: See `sample_corner`.
        void: See `sample_corner`.
        interpolation, antialias, nearest: How to enlarge, see `training.augment.random_short_side.resize_both`.

    Returns:
        Tuple of image and mask, of shapes `(size, size, 3)` and `(size, size)`.
    """
    height, width = tf.unstack(tf.shape(mask))
    if padding:
        below, right = tf.maximum(size - height, 0), tf.maximum(size - width, 0)
        image = tf.pad(image, [[0, below], [0, right], [0, 0]])
        mask = tf.pad(mask, [[0, below], [0, right]], constant_values=VOID)
    else:
        shorter = tf.minimum(height, width)
        enlarged = tf.maximum(size, shorter) * tf.stack([height, width]) // shorter
        image, mask = resize_both(image, mask, enlarged, interpolation, antialias, nearest)
    box = tf.concat([sample_corner(mask, seed, size, max_class_share, void), [size, size]], axis=0)
    image, mask = crop(image, box), crop(mask, box)
    return tf.ensure_shape(image, [size, size, 3]), tf.ensure_shape(mask, [size, size])


def sample_corner(mask, seed, size, max_class_share=None, void=VOID):
    """Draws the corner of a square: the first of ten that is accepted, or the last one.

    A square is accepted if it has two classes or more and none of them has `max_class_share` of the labelled pixels, or
    if it has no labelled pixel.

    Args:
        mask: Uint8 tensor of shape `(height, width)`, `size` or more in both.
        seed: Integer tensor of shape `(2,)`.
        size: Integer, height and width of the square.
        max_class_share: Float, or `None` to accept any square. Defaults to `None`.
        void: Integer, the label of the pixels that have none, or `None` if all labels are classes. Defaults to `255`.

    Returns:
        Int32 tensor of shape `(2,)`: top and left.
    """
    room = tf.shape(mask) - size + 1
    corners = tf.random.stateless_uniform([TRIES, 2], seed)
    corners = tf.minimum(tf.cast(corners * tf.cast(room, tf.float32), tf.int32), room - 1)
    if max_class_share is None:
        return corners[0]

    def rejected(number):
        part = crop(mask, tf.concat([corners[number], [size, size]], axis=0))
        counts = tf.math.bincount(tf.reshape(tf.cast(part, tf.int32), [-1]), minlength=256, maxlength=256)
        if void is not None:
            counts = tf.tensor_scatter_nd_update(counts, [[void]], [0])
        labelled = tf.reduce_sum(counts)
        largest = tf.cast(tf.reduce_max(counts), tf.float32)
        one_class = tf.math.count_nonzero(counts) <= 1
        return (labelled > 0) & (one_class | (largest >= max_class_share * tf.cast(labelled, tf.float32)))

    first = tf.while_loop(
        lambda number: (number < TRIES - 1) & rejected(number), lambda number: [number + 1], [tf.constant(0)]
    )[0]
    return corners[first]
