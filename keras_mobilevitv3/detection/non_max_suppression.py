from keras import ops

from keras_mobilevitv3.checks import check_fraction, check_integer

NONE = -1.0  # score where there is no detection
USUAL_CANDIDATES = 512


def non_max_suppression(
    boxes,
    scores,
    confidence_threshold=0.01,
    iou_threshold=0.5,
    candidates_per_class=None,
    max_detections_per_class=200,
):
    """Non-maximum suppression of each class on its own, over all classes and images at once.

    In the order of their scores, each box is kept that overlaps no kept box of its class by more than `iou_threshold`.
    All shapes are fixed; the loop ends when no class has anything left.

    Args:
        boxes: Float tensor of shape `(batch, boxes, 4)`, `xyxy`, shared by all classes.
        scores: Float tensor of shape `(batch, boxes, classes)`, not negative.
        confidence_threshold: Float; scores must be above it. Defaults to `0.01`.
        iou_threshold: Float; a larger overlap suppresses. Defaults to `0.5`.
        candidates_per_class: Integer, how many boxes of a class with the highest scores take part, or `None` for all.
            Defaults to `None`.
        max_detections_per_class: Integer, how many boxes of a class are kept at most. Defaults to `200`.

    Returns:
        Tuple of an int32 tensor of the numbers of the boxes, 0 where there is none, and a float tensor of their scores,
        -1 where there is none; both of shape `(batch, classes, max_detections_per_class)`, highest scores first.

    Raises:
        ValueError: If a limit is no positive integer, or a threshold not in [0, 1].
    """
    check_fraction("confidence_threshold", confidence_threshold)
    check_fraction("iou_threshold", iou_threshold)
    check_integer("candidates_per_class", candidates_per_class, optional=True)
    check_integer("max_detections_per_class", max_detections_per_class)
    count = boxes.shape[1]
    scores = ops.transpose(ops.where(scores > confidence_threshold, scores, NONE), (0, 2, 1))  # (B, C, N)

    def suppress(candidates):
        return _suppress(boxes, scores, candidates, iou_threshold, max_detections_per_class)

    if candidates_per_class is not None or count <= USUAL_CANDIDATES:
        return suppress(min(candidates_per_class or count, count))
    # Hardly any image has more boxes of one class above the threshold, and the rest costs time.
    most = ops.max(ops.sum(ops.cast(scores > NONE, "int32"), axis=-1))
    return ops.cond(most <= USUAL_CANDIDATES, lambda: suppress(USUAL_CANDIDATES), lambda: suppress(count))


def _suppress(boxes, scores, candidates, iou_threshold, max_detections):
    """Non-maximum suppression of the `candidates` boxes of each class with the highest scores."""
    scores, numbers = ops.top_k(scores, candidates)  # (B, C, K)
    numbers = ops.cast(numbers, "int32")
    sides = _gather_sides(boxes, numbers)  # (B, C, 4, K)
    areas = _area(sides)
    places = ops.arange(max_detections, dtype="int32")  # (M,)
    # Sums with zeros, as shapes with an unknown batch must not change in the loop.
    kept = ops.zeros_like(numbers[..., :1]) + ops.zeros_like(places)  # (B, C, M)
    kept_scores = ops.cast(kept, scores.dtype) + NONE

    def any_left(place, left, kept, kept_scores):
        return ops.any(left > NONE)

    def keep_best(place, left, kept, kept_scores):
        best_score = ops.max(left, axis=-1, keepdims=True)  # (B, C, 1)
        best = ops.cast(ops.argmax(left, axis=-1, keepdims=True), "int32")
        box = ops.take_along_axis(sides, ops.expand_dims(best, -1), axis=-1)  # (B, C, 4, 1)
        is_best = ops.arange(candidates, dtype="int32") == best
        gone = ops.logical_or(_overlap(sides, areas, box, iou_threshold), is_best)
        here = ops.logical_and(places == place, best_score > NONE)  # (B, C, M)
        return (
            place + 1,
            ops.where(gone, NONE, left),
            ops.where(here, best, kept),
            ops.where(here, best_score, kept_scores),
        )

    start = (ops.zeros((), dtype="int32"), scores, kept, kept_scores)
    _, _, kept, kept_scores = ops.while_loop(any_left, keep_best, start, maximum_iterations=max_detections)
    numbers = ops.take_along_axis(numbers, kept, axis=-1)
    return ops.where(kept_scores > NONE, numbers, 0), kept_scores


def _gather_sides(boxes, numbers):
    """Coordinates of the boxes of these numbers, one after the other so that each is contiguous: `(B, C, 4, K)`."""
    coordinates = ops.expand_dims(ops.transpose(boxes, (0, 2, 1)), 1)  # (B, 1, 4, N)
    classes, candidates = numbers.shape[1:]
    flat = ops.reshape(numbers, (-1, 1, 1, classes * candidates))
    sides = ops.take_along_axis(coordinates, flat, axis=-1)  # (B, 1, 4, C * K)
    return ops.transpose(ops.reshape(sides, (-1, 4, classes, candidates)), (0, 2, 1, 3))


def _area(sides):
    return (sides[..., 2, :] - sides[..., 0, :]) * (sides[..., 3, :] - sides[..., 1, :])


def _overlap(sides, areas, box, iou_threshold):
    """Whether the intersection over union is above the threshold; false, not NaN, of two boxes without area."""
    low, high = ops.maximum(sides[..., :2, :], box[..., :2, :]), ops.minimum(sides[..., 2:, :], box[..., 2:, :])
    lengths = ops.maximum(high - low, 0.0)
    intersection = lengths[..., 0, :] * lengths[..., 1, :]  # (B, C, K)
    return intersection > iou_threshold * (areas + _area(box) - intersection)
