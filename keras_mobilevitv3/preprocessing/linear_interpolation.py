"""Bilinear interpolation of float maps, for NumPy arrays and Keras tensors.

Segmentation uses the interpolation for logits and for the images of the separable family.
"""

from collections.abc import Sequence
from types import ModuleType

import numpy as np

from keras_mobilevitv3.array_types import Tensor
from keras_mobilevitv3.preprocessing.casting import cast


def corner_taps(length: int | Tensor, size: int | Tensor, ops: ModuleType = np) -> tuple[Tensor, Tensor, Tensor]:
    """Returns the positions and weights to resize an axis with aligned corners.

    Args:
        length: Integer or integer scalar tensor, length of the axis before the resize.
        size: Integer or integer scalar tensor, length of the axis after the resize.
        ops: `numpy` or `keras.ops`. Defaults to `numpy`.

    Returns:
        Tuple of three arrays or tensors of shape `(size,)`: int32 positions of the lower neighbor of each output
        position, int32 positions of the upper neighbor, and float32 weights of the upper neighbor.
    """
    steps = _float64(ops.maximum(size - 1, 1), ops)
    return _taps(_float64(ops.arange(size, dtype="int32"), ops) * (_float64(length - 1, ops) / steps), length, ops)


def stride_taps(
    length: int | Tensor, size: int | Tensor, stride: int, ops: ModuleType = np
) -> tuple[Tensor, Tensor, Tensor]:
    """Returns the positions and weights to enlarge an axis by `stride`, then resize the axis to `size`.

    The enlargement is bilinear with aligned pixel edges. The resize to `size` takes the nearest neighbor.

    Args:
        length: As in `corner_taps`.
        size: As in `corner_taps`.
        stride: Integer, factor of the enlargement.
        ops: As in `corner_taps`.

    Returns:
        Tuple, as in `corner_taps`.
    """
    nearest = ops.arange(size, dtype="int32") * (length * stride) // size
    return _taps(ops.maximum((_float64(nearest, ops) + 0.5) / stride - 0.5, 0.0), length, ops)


def interpolate(maps: Tensor, taps: Sequence[Tensor], axis: int, ops: ModuleType = np) -> Tensor:
    """Interpolates maps linearly along one axis.

    Args:
        maps: Float array or tensor of shape `(height, width, channels)`.
        taps: Positions and weights that `corner_taps` or `stride_taps` returned, or the same slice of all three.
        axis: `0` for the rows, `1` for the columns.
        ops: As in `corner_taps`.

    Returns:
        Float array or tensor of the shape of `maps`, with one row or column for each position of `taps`.
    """
    low, high, weight = taps
    weight = ops.reshape(weight, (-1, 1, 1) if axis == 0 else (-1, 1))
    return ops.take(maps, low, axis=axis) * (1.0 - weight) + ops.take(maps, high, axis=axis) * weight


def _taps(positions, length, ops):
    low = ops.minimum(cast(ops.floor(positions), "int32", ops), length - 1)
    return low, ops.minimum(low + 1, length - 1), cast(positions - _float64(low, ops), "float32", ops)


def _float64(values, ops):
    return cast(values, "float64", ops)
