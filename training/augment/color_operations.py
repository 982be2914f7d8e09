"""Changing the levels of an image, as Pillow does on 8-bit images.

Images are uint8, `(height, width, 3)`, RGB, 0-255. The layers of Keras differ: `RandomColorDegeneration` and
`RandomSharpness` round where Pillow cuts off, `RandomContrast` takes the mean of each channel, `Solarization` adds a
random number first, `AutoContrast` and `Equalization` round otherwise.
"""

import tensorflow as tf


def brightness(image, magnitude):
    """Blends with black: `magnitude` -1 is black, 0 the image itself."""
    return _enhance(image, tf.zeros_like(image), magnitude)


def color(image, magnitude):
    """Blends with the gray image: `magnitude` -1 is gray, 0 the image itself."""
    return _enhance(image, _luma(image)[..., None], magnitude)


def contrast(image, magnitude):
    """Blends with the mean gray of the image: `magnitude` -1 is uniform, 0 the image itself."""
    luma = tf.cast(_luma(image), tf.float64)
    return _enhance(image, tf.floor(tf.reduce_mean(luma) + 0.5), magnitude)


def sharpness(image, magnitude):
    """Blends with the smoothed image: `magnitude` -1 is smooth, 0 the image itself; 3x3 pixels at least."""
    return _enhance(image, _smooth(image), magnitude)


def posterize(image, magnitude):
    """Keeps the highest `magnitude` bits, 1 to 8, of each level."""
    return tf.bitwise.bitwise_and(image, tf.constant(256 - 2 ** (8 - magnitude), tf.uint8))


def solarize(image, magnitude):
    """Inverts the levels that are `magnitude` or more."""
    return tf.where(tf.cast(image, tf.float32) < magnitude, image, 255 - image)


def auto_contrast(image):
    """Stretches each channel to 0-255."""
    levels = tf.range(256, dtype=tf.float64)
    low = tf.cast(tf.reduce_min(image, axis=[0, 1]), tf.float64)[:, None]
    high = tf.cast(tf.reduce_max(image, axis=[0, 1]), tf.float64)[:, None]
    scale = 255.0 / tf.maximum(high - low, 1.0)
    stretched = tf.clip_by_value(tf.floor(levels * scale - low * scale), 0.0, 255.0)
    return _look_up(image, tf.where(high > low, stretched, levels))  # (3, 256)


def equalize(image):
    """Makes the levels of each channel equally frequent, as far as whole levels allow."""
    channel = tf.constant([0, 256, 512])
    counts = tf.reshape(tf.math.bincount(tf.reshape(tf.cast(image, tf.int32) + channel, [-1]), minlength=768), [3, 256])
    last = tf.reduce_max(image, axis=[0, 1])  # greatest level that occurs
    in_last = tf.gather(counts, tf.cast(last, tf.int32), batch_dims=1)[:, None]
    step = (tf.reduce_sum(counts, axis=1, keepdims=True) - in_last) // 255
    levels = (step // 2 + tf.cumsum(counts, axis=1, exclusive=True)) // tf.maximum(step, 1)
    return _look_up(image, tf.where(step > 0, tf.minimum(levels, 255), tf.range(256)))


def _enhance(image, other, magnitude):
    """`other + (1 + magnitude) * (image - other)`, cut off to whole levels."""
    other = tf.cast(other, tf.float32)
    blended = other + (1.0 + tf.cast(magnitude, tf.float32)) * (tf.cast(image, tf.float32) - other)
    return tf.cast(tf.clip_by_value(blended, 0.0, 255.0), tf.uint8)


def _luma(image):
    """Gray levels, int32 `(height, width)`: ITU-R 601-2 in fixed point."""
    return (tf.reduce_sum(tf.cast(image, tf.int32) * tf.constant([19595, 38470, 7471]), axis=-1) + 0x8000) // 0x10000


def _smooth(image):
    """Mean of the 3x3 pixels around each, the middle one five times; the border stays as it is."""
    pixels = tf.cast(image, tf.int32)
    rows = pixels[:-2] + pixels[1:-1] + pixels[2:]
    total = rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:] + 4 * pixels[1:-1, 1:-1]
    inner = tf.pad((2 * total + 13) // 26, [[1, 1], [1, 1], [0, 0]])  # rounded
    border = tf.pad(tf.zeros_like(total, tf.bool), [[1, 1], [1, 1], [0, 0]], constant_values=True)
    return tf.where(border, pixels, inner)


def _look_up(image, table):
    """Replaces the levels of each channel by those of its row of `table`, of shape `(3, 256)`."""
    index = tf.cast(image, tf.int32) + tf.constant([0, 256, 512])
    return tf.gather(tf.cast(tf.reshape(table, [-1]), tf.uint8), index)
