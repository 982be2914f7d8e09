"""Resizing an image to whole levels, and a mask, as OpenCV and Pillow do."""

import tensorflow as tf


def resize(image, size, interpolation="bilinear", antialias=False):
    """Resizes images and rounds to whole levels, 0-255.

    With `antialias=True` the result is Pillow's to one level (two at a pixel in a hundred thousand), with `"bilinear"`
    and `antialias=False` OpenCV's linear one. `keras.layers.Resizing` takes one size for the life of the layer, and
    does not cut off what overshoots after the first of the two directions, as Pillow does: at sharp edges that makes a
    few levels.

    Args:
        image: Tensor of shape `(height, width, 3)`, RGB, 0-255.
        size: Pair of integers or integer tensor of shape `(2,)`, height and width of the result.
        interpolation: String, `"bilinear"` or `"bicubic"`. Defaults to `"bilinear"`.
        antialias: Boolean, whether to average over all pixels that a shrinking resize merges. Defaults to `False`.

    Returns:
        Uint8 tensor of shape `(*size, 3)`; halves are rounded up.
    """
    if antialias:  # Pillow keeps what it has resized along the width in 8 bits
        width_only = tf.stack([tf.shape(image)[0], size[1]])
        image = _as_uint8(tf.image.resize(image, width_only, method=interpolation, antialias=True))
    return _as_uint8(tf.image.resize(image, size, method=interpolation, antialias=antialias))


def resize_nearest(mask, size, nearest="floor"):
    """Resizes a mask without mixing labels.

    Args:
        mask: Tensor of shape `(height, width)`.
        size: Pair of integers or integer tensor of shape `(2,)`, height and width of the result.
        nearest: String, which pixel to take for the new one `i`: `"floor"`, that at `floor(i * in / out)`, as OpenCV
            and PyTorch do, or `"centre"`, that at `floor((i + 0.5) * in / out)`, as Pillow does. Defaults to `"floor"`.

    Returns:
        Tensor of shape `size` and the type of `mask`.
    """
    for axis in range(2):
        old, new = tf.cast(tf.shape(mask)[axis], tf.int64), tf.cast(size[axis], tf.int64)
        places = tf.range(new)
        index = places * old // new if nearest == "floor" else (2 * places + 1) * old // (2 * new)
        mask = tf.gather(mask, index, axis=axis)
    return mask


def _as_uint8(image):
    return tf.cast(tf.clip_by_value(image, 0.0, 255.0) + 0.5, tf.uint8)
