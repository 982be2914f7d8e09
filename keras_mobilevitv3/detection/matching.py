from keras import ops
from keras.utils import bounding_boxes

from keras_mobilevitv3.detection.boxes import box_iou, encode_boxes

IOU_THRESHOLD = 0.5
FORCED_IOU = 2.0  # of the best anchor of a box


def usable_boxes(boxes, labels, classes, clip):
    """Brings boxes to units of the image and finds those that can be learned from.

    A box is left out if its label is not in [0, classes), a coordinate is not finite, its width or height is not
    positive, or it lies outside the image.

    Args:
        boxes: Float tensor of shape `(batch, boxes, 4)`, `rel_xyxy`: `xyxy` in units of the image's width and height.
        labels: Integer tensor of shape `(batch, boxes)`.
        classes: Integer, number of classes.
        clip: Boolean, whether boxes are cut off at the border of the image.

    Returns:
        Tuple of the boxes, zero where they are left out, and a boolean tensor of shape `(batch, boxes)`.
    """
    inside = ops.clip(boxes, 0.0, 1.0)  # NaN stays NaN, which no comparison holds for
    finite = ops.all(ops.isfinite(boxes), axis=-1)
    has_area = ops.logical_and(inside[..., 2] > inside[..., 0], inside[..., 3] > inside[..., 1])
    known = ops.logical_and(labels >= 0, labels < classes)
    usable = ops.logical_and(ops.logical_and(finite, has_area), known)
    kept = inside if clip else boxes
    return ops.where(ops.expand_dims(usable, -1), kept, ops.zeros_like(kept)), usable


def match_anchors(boxes, labels, usable, anchors, iou_threshold=IOU_THRESHOLD):
    """Class and regression targets of each anchor.

    An anchor takes the box that it overlaps most, the first one of equals, and is positive from `iou_threshold` on. In
    addition the best anchor of each box takes that box; where several boxes have the same best anchor, the last one.

    Args:
        boxes: Float tensor of shape `(batch, boxes, 4)`, `xyxy` in the units of the anchors.
        labels: Integer tensor of shape `(batch, boxes)`.
        usable: Boolean tensor of shape `(batch, boxes)`; boxes where it is false match nothing.
        anchors: Float tensor of shape `(anchors, 4)`, `center_xywh`.
        iou_threshold: Float, least overlap of a positive anchor. Defaults to `0.5`.

    Returns:
        Dict of `"labels"`, an int32 tensor of shape `(batch, anchors)`, 0 for background and one more than the label of
        the box for positive anchors, and `"boxes"`, a float tensor of shape `(batch, anchors, 4)`, the encoded box of
        each anchor, of background ones too.

    Reference:
        [Liu et al., 2016](https://arxiv.org/abs/1512.02325), section 2.2
    """
    # One box that is no box more, for images and batches without any.
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
    """Number of the last box whose best anchor this is, or -1: `(B, N)`."""
    anchors = overlaps.shape[-1]
    best_anchor = ops.expand_dims(ops.cast(ops.argmax(overlaps, axis=2), "int32"), -1)  # (B, T, 1)
    is_best = ops.logical_and(best_anchor == ops.arange(anchors, dtype="int32"), usable)  # (B, T, N)
    numbers = ops.reshape(ops.arange(ops.shape(overlaps)[1], dtype="int32"), (1, -1, 1))
    return ops.max(ops.where(is_best, numbers, -1), axis=1)
