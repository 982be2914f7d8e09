"""MixUp and CutMix: pairs of images of a batch in one."""

import tensorflow as tf


def mixup(images, labels, share):
    """Blends each image with the one before it in the batch, and the labels likewise.

    Args:
        images: Float tensor of shape `(batch, height, width, channels)`.
        labels: Float tensor of shape `(batch, classes)`, soft labels.
        share: Scalar float tensor in [0, 1], weight of the image itself.

    Returns:
        Tuple of images and labels.
    """
    share = tf.cast(share, images.dtype)
    return images * share + tf.roll(images, 1, axis=0) * (1 - share), _mix_labels(labels, share)


def cutmix(images, labels, share, seed):
    """Pastes a box of the image before it in the batch into each image, and mixes the labels by area.

    The box is the same for the whole batch. Its centre is uniform over the pixels, its half sizes are
    `int(0.5 * sqrt(1 - share) * size)`, and what reaches over the border is cut off; labels are mixed by the area that
    is left.

    Args:
        images: Float tensor of shape `(batch, height, width, channels)`.
        labels: Float tensor of shape `(batch, classes)`, soft labels.
        share: Scalar float tensor in [0, 1], area of the image itself if nothing is cut off.
        seed: Integer tensor of shape `(2,)`, of the centre.

    Returns:
        Tuple of images and labels.
    """
    size = tf.shape(images)[1:3]  # height, width
    seeds = tf.random.split(seed, 2)
    centre = tf.stack([tf.random.stateless_uniform([], seeds[i], 0, size[i], tf.int32) for i in range(2)])
    half = tf.cast(0.5 * tf.sqrt(1.0 - tf.cast(share, tf.float32)) * tf.cast(size, tf.float32), tf.int32)
    start, stop = tf.maximum(centre - half, 0), tf.minimum(centre + half, size)

    rows, columns = tf.range(size[0])[:, None], tf.range(size[1])
    inside = (rows >= start[0]) & (rows < stop[0]) & (columns >= start[1]) & (columns < stop[1])
    images = tf.where(inside[..., None], tf.roll(images, 1, axis=0), images)
    pasted = tf.reduce_prod(stop - start) / tf.reduce_prod(size)
    return images, _mix_labels(labels, 1.0 - tf.cast(pasted, labels.dtype))


def _mix_labels(labels, share):
    share = tf.cast(share, labels.dtype)
    return labels * share + tf.roll(labels, 1, axis=0) * (1 - share)


def sample_beta(seed, alpha):
    """Draws a float32 scalar from Beta(alpha, alpha).

    In float64 until the quotient: for an `alpha` of 0.2 both gammas may be too small for float32.
    """
    gammas = tf.random.stateless_gamma([2], seed, alpha=tf.constant(alpha, tf.float64), dtype=tf.float64)
    return tf.cast(gammas[0] / (gammas[0] + gammas[1]), tf.float32)


def mixup_or_cutmix(images, labels, seed, mixup_alpha=0.2, cutmix_alpha=1.0, probability=0.5):
    """Chooses one of MixUp and CutMix, which then changes the batch with a probability.

    With the defaults a quarter of all batches goes through `mixup`, a quarter through `cutmix`, and half stay as they
    are. One share and one box are drawn for the whole batch. `keras.layers.MixUp` and `CutMix` always fire, pair images
    by a random permutation, and `MixUp` draws a share for each image.

    Args:
        images: Float tensor of shape `(batch, height, width, channels)`.
        labels: Float tensor of shape `(batch, classes)`, soft labels.
        seed: Integer tensor of shape `(2,)`.
        mixup_alpha: Float, the share is drawn from Beta(alpha, alpha); `0` leaves MixUp out. Defaults to `0.2`.
        cutmix_alpha: Float, the same for CutMix. Defaults to `1.0`.
        probability: Float in [0, 1], that the chosen one fires. Defaults to `0.5`.

    Returns:
        Tuple of images and labels.
    """
    seeds = tf.random.split(seed, 4)
    functions = []
    if mixup_alpha:
        functions.append(lambda: mixup(images, labels, sample_beta(seeds[2], mixup_alpha)))
    if cutmix_alpha:
        functions.append(lambda: cutmix(images, labels, sample_beta(seeds[2], cutmix_alpha), seeds[3]))
    if not functions:
        return images, labels
    chosen = tf.random.stateless_uniform([], seeds[0], 0, len(functions), tf.int32)
    fires = tf.random.stateless_uniform([], seeds[1]) < probability
    return tf.cond(fires, lambda: tf.switch_case(chosen, functions), lambda: (images, labels))
