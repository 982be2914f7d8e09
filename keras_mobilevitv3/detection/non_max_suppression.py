from keras import ops

from keras_mobilevitv3.array_types import Tensor
from keras_mobilevitv3.checks import check_fraction, check_integer

NO_DETECTION = -1.0  # score of padding
USUAL_CANDIDATES = 512


def non_max_suppression(
    boxes: Tensor,
    scores: Tensor,
    confidence_threshold: float = 0.01,
    iou_threshold: float = 0.5,
    candidates_per_class: int | None = None,
    max_detections_per_class: int = 200,
) -> tuple[Tensor, Tensor]:
    """Applies non-maximum suppression to each class separately, for all classes and images at once.

    The function visits the boxes of a class by decreasing score. A box is kept unless the box overlaps a kept box of
    the same class by more than `iou_threshold`. All shapes are fixed. The loop ends when no class has boxes left.

    Args:
        boxes: Float tensor of shape `(batch, boxes, 4)`, `xyxy`, shared by all classes.
        scores: Float tensor of shape `(batch, boxes, classes)`, not negative.
        confidence_threshold: Float in [0, 1]. Boxes with a score at or below the threshold are dropped. Defaults to
            `0.01`.
        iou_threshold: Float in [0, 1]. Boxes with a larger overlap are suppressed. Defaults to `0.5`.
        candidates_per_class: Integer, number of boxes per class, with the highest scores, that enter the suppression,
            or `None` for all boxes. Defaults to `None`.
        max_detections_per_class: Integer, maximum number of boxes kept per class. Defaults to `200`.

    Returns:
        Tuple of two tensors of shape `(batch, classes, max_detections_per_class)`, highest scores first: the indices of
        the kept boxes, int32, padded with 0; and the scores of the kept boxes, float, padded with -1.

    Raises:
        ValueError: If a limit is not a positive integer, or a threshold is not in [0, 1].
    """
    check_fraction("confidence_threshold", confidence_threshold)
    check_fraction("iou_threshold", iou_threshold)
    check_integer("candidates_per_class", candidates_per_class, optional=True)
    check_integer("max_detections_per_class", max_detections_per_class)
    count = boxes.shape[1]
    scores = ops.transpose(ops.where(scores > confidence_threshold, scores, NO_DETECTION), (0, 2, 1))  # (B, C, N)

    def suppress(candidates):
        return _suppress(boxes, scores, candidates, iou_threshold, max_detections_per_class)

    if candidates_per_class is not None or count <= USUAL_CANDIDATES:
        return suppress(min(candidates_per_class or count, count))
    # Few images have more boxes of one class above the threshold. Fewer candidates take less time.
    most = ops.max(ops.sum(ops.cast(scores > NO_DETECTION, "int32"), axis=-1))
    return ops.cond(most <= USUAL_CANDIDATES, lambda: suppress(USUAL_CANDIDATES), lambda: suppress(count))


def _suppress(boxes, scores, candidates, iou_threshold, max_detections):
    """Applies non-maximum suppression to the `candidates` boxes of each class with the highest scores."""
    scores, indices = ops.top_k(scores, candidates)  # (B, C, K)
    indices = ops.cast(indices, "int32")
    sides = _gather_sides(boxes, indices)  # (B, C, 4, K)
    areas = _area(sides)
    slots = ops.arange(max_detections, dtype="int32")  # (M,)
    # The sum of zeros keeps the shape of a loop variable constant when the batch size is unknown.
    kept = ops.zeros_like(indices[..., :1]) + ops.zeros_like(slots)  # (B, C, M)
    kept_scores = ops.cast(kept, scores.dtype) + NO_DETECTION

    def any_left(slot, left, kept, kept_scores):
        return ops.any(left > NO_DETECTION)

    def keep_best(slot, left, kept, kept_scores):
        best_score = ops.max(left, axis=-1, keepdims=True)  # (B, C, 1)
        best = ops.cast(ops.argmax(left, axis=-1, keepdims=True), "int32")
        box = ops.take_along_axis(sides, ops.expand_dims(best, -1), axis=-1)  # (B, C, 4, 1)
        is_best = ops.arange(candidates, dtype="int32") == best
        removed = ops.logical_or(_overlaps(sides, areas, box, iou_threshold), is_best)
        is_slot = ops.logical_and(slots == slot, best_score > NO_DETECTION)  # (B, C, M)
        return (
            slot + 1,
            ops.where(removed, NO_DETECTION, left),
            ops.where(is_slot, best, kept),
            ops.where(is_slot, best_score, kept_scores),
        )

    start = (ops.zeros((), dtype="int32"), scores, kept, kept_scores)
    _, _, kept, kept_scores = ops.while_loop(any_left, keep_best, start, maximum_iterations=max_detections)
    indices = ops.take_along_axis(indices, kept, axis=-1)
    return ops.where(kept_scores > NO_DETECTION, indices, 0), kept_scores


def _gather_sides(boxes, indices):
    """Returns the coordinates of the boxes at `indices`, each coordinate contiguous in memory: `(B, C, 4, K)`."""
    coordinates = ops.expand_dims(ops.transpose(boxes, (0, 2, 1)), 1)  # (B, 1, 4, N)
    classes, candidates = indices.shape[1:]
    flat = ops.reshape(indices, (-1, 1, 1, classes * candidates))
    sides = ops.take_along_axis(coordinates, flat, axis=-1)  # (B, 1, 4, C * K)
    return ops.transpose(ops.reshape(sides, (-1, 4, classes, candidates)), (0, 2, 1, 3))


def _area(sides):
    return (sides[..., 2, :] - sides[..., 0, :]) * (sides[..., 3, :] - sides[..., 1, :])


def _overlaps(sides, areas, box, iou_threshold):
    """Returns `True` where the intersection over union is above the threshold, `False` for two boxes without area."""
    low, high = ops.maximum(sides[..., :2, :], box[..., :2, :]), ops.minimum(sides[..., 2:, :], box[..., 2:, :])
    lengths = ops.maximum(high - low, 0.0)
    intersection = lengths[..., 0, :] * lengths[..., 1, :]  # (B, C, K)
    return intersection > iou_threshold * (areas + _area(box) - intersection)
