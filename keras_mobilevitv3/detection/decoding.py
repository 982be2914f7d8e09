from collections.abc import Callable, Sequence
from typing import Any

from keras import ops

from keras_mobilevitv3.array_types import Tensor
from keras_mobilevitv3.checks import check_choice, check_integer
from keras_mobilevitv3.detection.boxes import decode_boxes
from keras_mobilevitv3.detection.non_max_suppression import non_max_suppression

ORDERS = ("score", "class")
PADDING = -1


def decode_detections(
    outputs: dict[str, Tensor],
    anchors: Tensor,
    image_size: Sequence[float],
    max_detections: int = 200,
    order: str = "score",
    **suppression: Any,
) -> dict[str, Tensor]:
    """Converts the outputs of an SSD head to detections.

    Args:
        outputs: Dict of `"class_logits"`, of shape `(batch, anchors, classes + 1)`, the background first, and
            `"box_regressions"`, of shape `(batch, anchors, 4)`.
        anchors: Float tensor of shape `(anchors, 4)`, `center_xywh` in units of the image's width and height.
        image_size: Tuple `(height, width)` of numbers. The boxes are returned in the units of these numbers.
        max_detections: Integer, maximum number of detections per image. Detections with the highest scores are kept.
            Defaults to `200`.
        order: `"score"` (highest score first) or `"class"` (sorted by class, then highest score first). Defaults to
            `"score"`.
        **suppression: Other arguments of `select_detections` and `non_max_suppression`.

    Returns:
        Dict of `"boxes"`, of shape `(batch, max_detections, 4)`, `xyxy` in the units of `image_size`, not clipped to
        the image; `"labels"`, int32, in [0, classes), and `"confidence"`, probabilities, both of shape
        `(batch, max_detections)`; and `"num_detections"`, int32, of shape `(batch,)`. `"boxes"`, `"labels"` and
        `"confidence"` are padded with -1.

    Raises:
        ValueError: If `order`, a limit or a threshold is not as stated.
    """
    probabilities = ops.softmax(outputs["class_logits"], axis=-1)[..., 1:]
    boxes = decode_boxes(outputs["box_regressions"], anchors)
    box_indices, detections = select_detections(boxes, probabilities, max_detections, order, **suppression)
    height, width = image_size
    boxes = ops.take_along_axis(boxes, ops.expand_dims(box_indices, -1), axis=1)
    boxes = boxes * ops.convert_to_tensor([width, height, width, height], dtype=boxes.dtype)
    return {"boxes": ops.where(ops.expand_dims(detections["labels"], -1) > PADDING, boxes, PADDING), **detections}


def select_detections(
    boxes: Tensor,
    scores: Tensor,
    max_detections: int = 200,
    order: str = "score",
    suppress: Callable[..., tuple[Tensor, Tensor]] = non_max_suppression,
    **suppression: Any,
) -> tuple[Tensor, dict[str, Tensor]]:
    """Selects the detections of each image from boxes and their scores.

    Args:
        boxes: Float tensor of shape `(batch, boxes, 4)`, `xyxy`, shared by all classes.
        scores: Float tensor of shape `(batch, boxes, classes)`, not negative.
        max_detections, order: See `decode_detections`.
        suppress: Function with the arguments and results of `non_max_suppression`. Defaults to `non_max_suppression`.
        **suppression: Other arguments of `suppress`.

    Returns:
        Tuple of two elements: the index of the box of each detection, int32 of shape `(batch, max_detections)`, padded
        with 0; and a dict of `"labels"`, `"confidence"` and `"num_detections"`, see `decode_detections`.

    Raises:
        ValueError: If `order`, a limit or a threshold is not as stated.
    """
    check_choice("order", order, ORDERS)
    check_integer("max_detections", max_detections)
    box_indices, scores = suppress(boxes, scores, **suppression)
    classes, per_class = scores.shape[1:]
    total = classes * per_class
    box_indices, scores = (ops.reshape(values, (-1, total)) for values in (box_indices, scores))
    positions = _best_positions(scores, min(max_detections, total), order)

    confidence = ops.take_along_axis(scores, positions, axis=1)  # (B, D)
    box_indices = ops.take_along_axis(box_indices, positions, axis=1)
    is_detection = confidence > PADDING
    padding_length = max(max_detections - total, 0)
    return _pad(box_indices, padding_length, 0), {
        "labels": _pad(ops.where(is_detection, ops.floor_divide(positions, per_class), PADDING), padding_length),
        "confidence": _pad(confidence, padding_length),
        "num_detections": ops.sum(ops.cast(is_detection, "int32"), axis=1),
    }


def _best_positions(scores, count, order):
    """Returns the positions of the `count` highest scores of each image, `(B, count)`, sorted by score or position."""
    positions = ops.cast(ops.top_k(scores, count)[1], "int32")
    if order == "score":
        return positions
    # Positions without a detection come last.
    total = scores.shape[1]
    empty = ops.take_along_axis(scores, positions, axis=1) == PADDING
    return ops.sort(ops.where(empty, positions + total, positions), axis=1) % total


def _pad(values, length, value=PADDING):
    return values if length == 0 else ops.pad(values, [(0, 0), (0, length)], constant_values=value)
