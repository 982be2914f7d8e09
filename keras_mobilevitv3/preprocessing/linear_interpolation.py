"""Bilinear resizing of maps of floats with two taps per axis, for NumPy arrays and tensors of Keras.

Segmentation needs it: for logits, and for the images of the separable family.
"""

from typing import Any

import numpy as np

from keras_mobilevitv3.array_types import Tensor


def corner_taps(length: Any, size: Any, ops: Any = np) -> Any:
    """Where `size` output positions along an axis read `length` input positions, the corners of both in one place.

    Args:
        length: Integer or integer scalar tensor.
        size: Integer or integer scalar tensor.
        ops: `numpy` or `keras.ops`. Defaults to `numpy`.

    Returns:
        Tuple of arrays or tensors of shape `(size,)`: int32 positions, the positions after them, and float32 weights of
        the latter.
    """
    steps = _float64(ops.maximum(size - 1, 1), ops)
    return _taps(_float64(ops.arange(size, dtype="int32"), ops) * (_float64(length - 1, ops) / steps), length, ops)


def stride_taps(length: Any, size: Any, stride: int, ops: Any = np) -> Any:
    """As `corner_taps`, for an axis enlarged by `stride` between pixel edges, of which nearest neighbours are taken."""
    nearest = ops.arange(size, dtype="int32") * (length * stride) // size
    return _taps(ops.maximum((_float64(nearest, ops) + 0.5) / stride - 0.5, 0.0), length, ops)


def interpolate(maps: Tensor, taps: Any, axis: int, ops: Any = np) -> Tensor:
    """Reads maps at taps.

    Args:
        maps: Float array or tensor of shape `(height, width, channels)`.
        taps: What `corner_taps` or `stride_taps` returns, or a part of it.
        axis: `0` for the rows, `1` for the columns.
        ops: As in `corner_taps`.
    """
    low, high, weight = taps
    weight = ops.reshape(weight, (-1, 1, 1) if axis == 0 else (-1, 1))
    return ops.take(maps, low, axis=axis) * (1.0 - weight) + ops.take(maps, high, axis=axis) * weight


def _taps(positions, length, ops):
    low = ops.minimum(_cast(ops.floor(positions), "int32", ops), length - 1)
    return low, ops.minimum(low + 1, length - 1), _cast(positions - _float64(low, ops), "float32", ops)


def _float64(values, ops):
    return _cast(values, "float64", ops)


def _cast(values, dtype, ops):
    return np.asarray(values, dtype) if ops is np else ops.cast(values, dtype)
