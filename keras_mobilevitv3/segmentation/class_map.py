"""Converts the logits of the last feature map to the class of each pixel of an image."""

from collections.abc import Sequence
from types import ModuleType

import numpy as np

from keras_mobilevitv3.array_types import Tensor
from keras_mobilevitv3.families import Family
from keras_mobilevitv3.preprocessing.casting import cast
from keras_mobilevitv3.preprocessing.linear_interpolation import corner_taps, stride_taps


def logit_taps(
    logits_size: Sequence[int | Tensor],
    image_size: Sequence[int | Tensor],
    family: Family,
    stride: int,
    ops: ModuleType = np,
) -> list[tuple[Tensor, Tensor, Tensor]]:
    """Returns the positions and weights to resize logits to the size of an image.

    The resize is the one of the published evaluation of the family. Separable family: one bilinear resize with aligned
    corners. Multi-head family: bilinear by the output stride, then nearest neighbor if the size still differs.

    Args:
        logits_size: Pair of integers or integer scalar tensors, height and width of the logits.
        image_size: Pair of integers or integer scalar tensors, height and width of the image.
        family: `Family` of the model.
        stride: Integer, output stride of the model.
        ops: `numpy` or `keras.ops`. Defaults to `numpy`.

    Returns:
        List of the `taps` arguments of `interpolate` for the rows and for the columns.
    """
    pairs = zip(logits_size, image_size, strict=True)
    if family.align_corners:
        return [corner_taps(length, size, ops) for length, size in pairs]
    return [stride_taps(length, size, stride, ops) for length, size in pairs]


def best_class(logits: Tensor, ops: ModuleType = np) -> Tensor:
    """Returns the class with the highest logit.

    Args:
        logits: Float array or tensor of shape `(..., classes)`.
        ops: `numpy` or `keras.ops`. Defaults to `numpy`.

    Returns:
        Integer array or tensor of shape `(...)`. With one class, the result is 1 for positive logits and 0 otherwise.
    """
    if logits.shape[-1] > 1:
        return ops.argmax(logits, axis=-1)
    is_positive = ops.greater(ops.squeeze(logits, -1), 0.0)
    return cast(is_positive, "int32", ops)
