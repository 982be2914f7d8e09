from keras import ops
from keras.utils import bounding_boxes

from keras_mobilevitv3.array_types import Tensor
from keras_mobilevitv3.detection.boxes import box_iou, encode_boxes

IOU_THRESHOLD = 0.5
FORCED_IOU = 2.0  # above any threshold: the best anchor of a box is always positive


def usable_boxes(boxes: Tensor, labels: Tensor, classes: int, clip: bool) -> tuple[Tensor, Tensor]:
    """Finds the boxes that a detector can learn from, and sets the other boxes to zero.

    A box is not usable if the label is not in [0, classes), if a coordinate is not finite, if the width or height is
    not positive, or if the box lies outside the image.

    Args:
        boxes: Float tensor of shape `(batch, boxes, 4)`, `rel_xyxy`: `xyxy` in units of the image's width and height.
        labels: Integer tensor of shape `(batch, boxes)`.
        classes: Integer, number of classes.
        clip: Boolean, whether to clip the boxes to the image.

    Returns:
        Tuple of the boxes, of the shape of `boxes`, and a boolean tensor of shape `(batch, boxes)`, `True` for usable
        boxes.
    """
    inside = ops.clip(boxes, 0.0, 1.0)  # NaN stays NaN: all comparisons below are false
    finite = ops.all(ops.isfinite(boxes), axis=-1)
    has_area = ops.logical_and(inside[..., 2] > inside[..., 0], inside[..., 3] > inside[..., 1])
    has_class = ops.logical_and(labels >= 0, labels < classes)
    usable = ops.logical_and(ops.logical_and(finite, has_area), has_class)
    kept = inside if clip else boxes
    return ops.where(ops.expand_dims(usable, -1), kept, ops.zeros_like(kept)), usable


def match_anchors(
    boxes: Tensor, labels: Tensor, usable: Tensor, anchors: Tensor, iou_threshold: float = IOU_THRESHOLD
) -> dict[str, Tensor]:
    """Assigns class and regression targets to each anchor.

    Each anchor matches the box with the highest overlap, the first box among equals. The anchor is positive if the
    overlap is at least `iou_threshold`. In addition, the best anchor of each box matches this box and is positive. If
    several boxes have the same best anchor, the anchor matches the last of these boxes.

    Args:
        boxes: Float tensor of shape `(batch, boxes, 4)`, `xyxy` in the units of the anchors.
        labels: Integer tensor of shape `(batch, boxes)`.
        usable: Boolean tensor of shape `(batch, boxes)`. Boxes with `False` match no anchor.
        anchors: Float tensor of shape `(anchors, 4)`, `center_xywh`.
        iou_threshold: Float, smallest overlap of a positive anchor. Defaults to `0.5`.

    Returns:
        Dict of `"labels"`, an int32 tensor of shape `(batch, anchors)`, 0 for background anchors and the label of the
        box plus 1 for positive anchors; and `"boxes"`, a float tensor of shape `(batch, anchors, 4)`, the encoded box
        of each anchor, background anchors included.

    Reference:
        [Liu et al., 2016](https://arxiv.org/abs/1512.02325), section 2.2
    """
    # One unusable box is appended: the operations below need at least one box.
    boxes = ops.pad(boxes, [(0, 0), (0, 1), (0, 0)])
    labels = ops.pad(ops.cast(labels, "int32"), [(0, 0), (0, 1)])
    usable = ops.expand_dims(ops.pad(usable, [(0, 0), (0, 1)]), -1)  # (B, T, 1)
    anchors = ops.convert_to_tensor(anchors, dtype=boxes.dtype)
    corners = bounding_boxes.convert_format(anchors, "center_xywh", "xyxy")
    overlaps = ops.where(usable, box_iou(boxes, corners), -1.0)  # (B, T, N)

    best_box = ops.cast(ops.argmax(overlaps, axis=1), "int32")  # (B, N)
    forced = _forced_box(overlaps, usable)
    is_forced = forced >= 0
    best_box = ops.where(is_forced, forced, best_box)
    best_overlap = ops.where(is_forced, FORCED_IOU, ops.max(overlaps, axis=1))

    matched_labels = ops.take_along_axis(labels, best_box, axis=1)
    matched_boxes = ops.take_along_axis(boxes, ops.expand_dims(best_box, -1), axis=1)  # (B, N, 4)
    return {
        "labels": ops.where(best_overlap >= iou_threshold, matched_labels + 1, 0),
        "boxes": encode_boxes(matched_boxes, anchors),
    }


def _forced_box(overlaps, usable):
    """Returns, for each anchor, the index of the last box with this best anchor, or -1: `(B, N)`."""
    anchors = overlaps.shape[-1]
    best_anchor = ops.expand_dims(ops.cast(ops.argmax(overlaps, axis=2), "int32"), -1)  # (B, T, 1)
    is_best = ops.logical_and(best_anchor == ops.arange(anchors, dtype="int32"), usable)  # (B, T, N)
    box_indices = ops.reshape(ops.arange(ops.shape(overlaps)[1], dtype="int32"), (1, -1, 1))
    return ops.max(ops.where(is_best, box_indices, -1), axis=1)
