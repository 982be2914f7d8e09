"""From the logits of the last feature map to the class of each pixel of an image of any size."""

from typing import Any

import numpy as np

from keras_mobilevitv3.array_types import Tensor
from keras_mobilevitv3.families import Family
from keras_mobilevitv3.preprocessing.linear_interpolation import corner_taps, stride_taps


def logit_taps(logits_size: Any, image_size: Any, family: Family, stride: int, ops: Any = np) -> Any:
    """Where the rows and the columns of an image read the logits in the published evaluation of a family.

    Separable family: one bilinear resize, from corner to corner. Multi-head family: bilinear by the output stride, then
    nearest neighbour if the size still differs.

    Args:
        logits_size: Pair of integers or integer scalar tensors, height and width of the logits.
        image_size: Pair of integers or integer scalar tensors, height and width of the image.
        family: `Family`.
        stride: Integer, the output stride.
        ops: `numpy` or `keras.ops`. Defaults to `numpy`.

    Returns:
        Pair of taps of the rows and of the columns, for `interpolate`.
    """
    pairs = zip(logits_size, image_size, strict=True)
    if family.align_corners:
        return [corner_taps(length, size, ops) for length, size in pairs]
    return [stride_taps(length, size, stride, ops) for length, size in pairs]


def best_class(logits: Tensor, ops: Any = np) -> Tensor:
    """The class of each pixel, an integer, of `(..., classes)` logits; of one class, 1 where its logit is positive."""
    if logits.shape[-1] > 1:
        return ops.argmax(logits, axis=-1)
    is_positive = ops.greater(ops.squeeze(logits, -1), 0.0)
    return np.asarray(is_positive, "int32") if ops is np else ops.cast(is_positive, "int32")
