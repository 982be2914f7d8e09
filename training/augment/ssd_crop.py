"""Crops of detection: random boxes that overlap an object enough."""

import tensorflow as tf

from training.augment.random_resized_crop import crop

# Least overlap that a crop must have with an object; 0 stands for the whole image.
MIN_OVERLAPS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
TRIALS = 40
ROUNDS = 50  # of so many draws of the overlap one is 0, but for one image in two thousand, which stays whole too
SIDES = (0.3, 1.0)
RATIOS = (0.5, 2.0)


def ssd_crop(image, boxes, labels, seed, min_size=0):
    """Cuts out a random part of an image with the objects whose centers are in it, see `sample_ssd_crop`.

    Boxes are cut off at the border of the part; those of an image that stays whole are left as they are.

    Args:
        image: Uint8 tensor of shape `(height, width, 3)`.
        boxes: Float32 tensor of shape `(count, 4)`, xyxy in pixels.
        labels: Int32 tensor of shape `(count,)`.
        seed: Integer tensor of shape `(2,)`.
        min_size: Integer, least height and width of the part. Defaults to `0`.

    Returns:
        Tuple of image, boxes and labels.
    """
    height, width = tf.unstack(tf.shape(image)[:2])
    whole, part = sample_ssd_crop(seed, height, width, boxes, min_size)

    def cut():
        top, left, part_height, part_width = tf.unstack(tf.cast(part, tf.float32))
        edges = tf.stack([left, top, left + part_width, top + part_height])
        inside = centers_inside(boxes, edges[None])[0]
        kept = tf.boolean_mask(boxes, inside)
        kept = tf.concat([tf.maximum(kept[:, :2], edges[:2]), tf.minimum(kept[:, 2:], edges[2:])], axis=1)
        return crop(image, part), kept - tf.stack([left, top, left, top]), tf.boolean_mask(labels, inside)

    return tf.cond(whole, lambda: (image, boxes, labels), cut)


def sample_ssd_crop(seed, height, width, boxes, min_size=0):
    """Draws a part of an image.

    A least overlap is drawn from `MIN_OVERLAPS`. Of 40 parts with sides from 0.3 to 1 of the image's, a ratio of height
    to width from 0.5 to 2 and a random place, the first is taken whose intersection over union with a box is the least
    overlap or more, and that has the centre of a box inside. If there is none, the overlap is drawn anew.

    Args:
        seed: Integer tensor of shape `(2,)`.
        height: Integer or scalar tensor, height of the image.
        width: Integer or scalar tensor, width of the image.
        boxes: Float32 tensor of shape `(count, 4)`, xyxy in pixels.
        min_size: Integer, least height and width of the part. Defaults to `0`.

    Returns:
        Tuple of a boolean, whether the image stays whole, and an int32 tensor of shape `(4,)`: top, left, height and
        width.
    """
    size = tf.stack([height, width])
    nothing = tf.concat([[0, 0], size], axis=0)

    def draw(number, found, whole, part):
        seeds = tf.random.split(tf.random.fold_in(seed, number), 2)
        overlap = tf.gather(MIN_OVERLAPS, tf.random.stateless_uniform([], seeds[0], 0, len(MIN_OVERLAPS), tf.int32))
        parts = _sample_parts(seeds[1], size)
        accepted = _accepted(parts, boxes, overlap, min_size)
        first = parts[tf.argmax(tf.cast(accepted, tf.int32))]
        whole = overlap == 0.0
        found = whole | tf.reduce_any(accepted)
        return number + 1, found, whole, tf.where(found & ~whole, first, nothing)

    empty = tf.shape(boxes)[0] == 0
    _, found, whole, part = tf.while_loop(
        lambda number, found, whole, part: ~found,
        draw,
        (tf.constant(0), empty, empty, nothing),
        maximum_iterations=ROUNDS,
    )
    return whole | ~found, part


def _sample_parts(seed, size):
    """Int32 `(trials, 4)`: top, left, height and width."""
    draws = tf.random.stateless_uniform([TRIALS, 4], seed)
    low, high = SIDES
    sides = tf.cast((low + (high - low) * draws[:, :2]) * tf.cast(size, tf.float32), tf.int32)
    corners = tf.cast(draws[:, 2:] * tf.cast(size - sides, tf.float32), tf.int32)
    return tf.concat([corners, sides], axis=1)


def _accepted(parts, boxes, overlap, min_size):
    """Whether each part has the right shape and enough of a box."""
    top, left, height, width = tf.unstack(tf.cast(parts, tf.float32), axis=1)
    ratio = tf.math.divide_no_nan(height, width)
    shaped = (ratio >= RATIOS[0]) & (ratio <= RATIOS[1]) & (tf.minimum(height, width) >= max(min_size, 1))
    edges = tf.stack([left, top, left + width, top + height], axis=1)
    common = tf.minimum(edges[:, None, 2:], boxes[:, 2:]) - tf.maximum(edges[:, None, :2], boxes[:, :2])
    common = tf.reduce_prod(tf.maximum(common, 0.0), axis=-1)  # (trials, boxes)
    areas = tf.reduce_prod(boxes[:, 2:] - boxes[:, :2], axis=-1)
    overlaps = common / ((height * width)[:, None] + areas - common)
    enough = tf.reduce_any(overlaps >= overlap, axis=1)
    return shaped & enough & tf.reduce_any(centers_inside(boxes, edges), axis=1)


def centers_inside(boxes, edges):
    """Whether the centre of each of `(boxes, 4)` is inside each of `(parts, 4)`: boolean `(parts, boxes)`."""
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2.0
    return tf.reduce_all((centers > edges[:, None, :2]) & (centers < edges[:, None, 2:]), axis=-1)
