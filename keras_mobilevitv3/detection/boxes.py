from collections.abc import Sequence

from keras import ops
from keras.utils import bounding_boxes

from keras_mobilevitv3.array_types import Tensor

VARIANCES = (0.1, 0.1, 0.2, 0.2)
IOU_EPSILON = 1e-5


def box_iou(boxes: Tensor, others: Tensor, epsilon: float = IOU_EPSILON) -> Tensor:
    """Computes the intersection over union of each box with each box of `others`.

    The default `epsilon` is the epsilon of the published matching. `keras.utils.bounding_boxes.compute_iou` has a fixed
    epsilon of 1e-7, which gives other results for small boxes in units of the image.

    Args:
        boxes: Float tensor of shape `(..., boxes, 4)`, `xyxy`.
        others: Float tensor of shape `(..., others, 4)`, `xyxy`, in the units of `boxes`.
        epsilon: Float, added to the union. Defaults to `1e-5`.

    Returns:
        Float tensor of shape `(..., boxes, others)`.
    """
    boxes, others = ops.expand_dims(boxes, -2), ops.expand_dims(others, -3)  # (..., T, 1, 4), (..., 1, N, 4)
    corners = ops.maximum(boxes[..., :2], others[..., :2]), ops.minimum(boxes[..., 2:], others[..., 2:])
    sides = ops.maximum(corners[1] - corners[0], 0.0)
    intersection = sides[..., 0] * sides[..., 1]  # (..., T, N)
    return intersection / (box_area(boxes) + box_area(others) - intersection + epsilon)


def box_area(boxes: Tensor) -> Tensor:
    """Computes the areas, of shape `(...)`, of boxes of shape `(..., 4)`, `xyxy`."""
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])


def encode_boxes(boxes: Tensor, anchors: Tensor, variances: Sequence[float] = VARIANCES) -> Tensor:
    """Encodes boxes as regression targets: offsets and logarithms of size ratios, relative to anchors.

    Sizes are at least `keras.config.epsilon()`: a box without a size gives finite numbers.

    Args:
        boxes: Float tensor of shape `(..., anchors, 4)`, `xyxy`, one box for each anchor.
        anchors: Float tensor of shape `(anchors, 4)`, `center_xywh`, in the units of `boxes`.
        variances: Four floats, divisors of x, y, width and height. Defaults to `(0.1, 0.1, 0.2, 0.2)`.

    Returns:
        Float tensor of the shape of `boxes`.
    """
    return bounding_boxes.encode_box_to_deltas(
        anchors,
        boxes,
        anchor_format="center_xywh",
        box_format="xyxy",
        encoding_format="center_xywh",
        variance=variances,
    )


def decode_boxes(regressions: Tensor, anchors: Tensor, variances: Sequence[float] = VARIANCES) -> Tensor:
    """Decodes box regressions to boxes: the inverse of `encode_boxes`.

    Args:
        regressions: Float tensor of shape `(..., anchors, 4)`.
        anchors: Float tensor of shape `(anchors, 4)`, `center_xywh`.
        variances: Four floats, as in `encode_boxes`. Defaults to `(0.1, 0.1, 0.2, 0.2)`.

    Returns:
        Float tensor of shape `(..., anchors, 4)`, `xyxy`, in the units of the anchors, not clipped to the image.
    """
    return bounding_boxes.decode_deltas_to_boxes(
        anchors,
        regressions,
        anchor_format="center_xywh",
        box_format="xyxy",
        encoded_format="center_xywh",
        variance=variances,
    )
