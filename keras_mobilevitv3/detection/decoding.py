from keras import ops

from keras_mobilevitv3.checks import check_choice, check_integer
from keras_mobilevitv3.detection.boxes import decode_boxes
from keras_mobilevitv3.detection.non_max_suppression import non_max_suppression

ORDERS = ("score", "class")
PADDING = -1


def decode_detections(outputs, anchors, image_size, max_detections=200, order="score", **suppression):
    """Detections from the outputs of an SSD head.

    Args:
        outputs: Dict of `"class_logits"`, of shape `(batch, anchors, classes + 1)`, the background first, and
            `"box_regressions"`, of shape `(batch, anchors, 4)`.
        anchors: Float tensor of shape `(anchors, 4)`, `center_xywh` in units of the image's width and height.
        image_size: Tuple `(height, width)` of numbers, in whose units the boxes are returned.
        max_detections: Integer, how many detections of an image are kept, those with the highest scores. Defaults to
            `200`.
        order: `"score"` (highest first) or `"class"` (class by class, the highest score of each first). Defaults to
            `"score"`.
        **suppression: Other arguments of `select_detections` and `non_max_suppression`.

    Returns:
        Dict of `"boxes"`, of shape `(batch, max_detections, 4)`, `xyxy` in the units of `image_size`, not clipped to
        the image; `"labels"`, int32, in [0, classes), and `"confidence"`, probabilities, both of shape
        `(batch, max_detections)`; and `"num_detections"`, int32, of shape `(batch,)`. The rest of the first three is
        -1.

    Raises:
        ValueError: If `order`, a limit or a threshold is not as stated.
    """
    probabilities = ops.softmax(outputs["class_logits"], axis=-1)[..., 1:]
    boxes = decode_boxes(outputs["box_regressions"], anchors)
    numbers, found = select_detections(boxes, probabilities, max_detections, order, **suppression)
    height, width = image_size
    boxes = ops.take_along_axis(boxes, ops.expand_dims(numbers, -1), axis=1)
    boxes = boxes * ops.convert_to_tensor([width, height, width, height], dtype=boxes.dtype)
    return {"boxes": ops.where(ops.expand_dims(found["labels"], -1) > PADDING, boxes, PADDING), **found}


def select_detections(boxes, scores, max_detections=200, order="score", suppress=non_max_suppression, **suppression):
    """Detections that remain of boxes and their scores.

    Args:
        boxes: Float tensor of shape `(batch, boxes, 4)`, `xyxy`, shared by all classes.
        scores: Float tensor of shape `(batch, boxes, classes)`, not negative.
        max_detections, order: See `decode_detections`.
        suppress: Function with the arguments and results of `non_max_suppression`. Defaults to that.
        **suppression: Its other arguments.

    Returns:
        Tuple of the numbers of their boxes, int32 of shape `(batch, max_detections)`, 0 where there is none, and of a
        dict of `"labels"`, `"confidence"` and `"num_detections"`, see `decode_detections`.

    Raises:
        ValueError: If `order`, a limit or a threshold is not as stated.
    """
    check_choice("order", order, ORDERS)
    check_integer("max_detections", max_detections)
    numbers, scores = suppress(boxes, scores, **suppression)
    classes, per_class = scores.shape[1:]
    total = classes * per_class
    numbers, scores = (ops.reshape(values, (-1, total)) for values in (numbers, scores))
    places = _best_places(scores, min(max_detections, total), order)

    confidence = ops.take_along_axis(scores, places, axis=1)  # (B, D)
    numbers = ops.take_along_axis(numbers, places, axis=1)
    found = confidence > PADDING
    rest = max(max_detections - total, 0)
    return _pad(numbers, rest, 0), {
        "labels": _pad(ops.where(found, ops.floor_divide(places, per_class), PADDING), rest),
        "confidence": _pad(confidence, rest),
        "num_detections": ops.sum(ops.cast(found, "int32"), axis=1),
    }


def _best_places(scores, count, order):
    """Places of the `count` highest scores of each image, in that order or as they stand: `(B, count)`."""
    places = ops.cast(ops.top_k(scores, count)[1], "int32")
    if order == "score":
        return places
    # Places without a detection go behind all others.
    total = scores.shape[1]
    empty = ops.take_along_axis(scores, places, axis=1) == PADDING
    return ops.sort(ops.where(empty, places + total, places), axis=1) % total


def _pad(values, rest, value=PADDING):
    return values if rest == 0 else ops.pad(values, [(0, 0), (0, rest)], constant_values=value)
