import numpy as np
from keras import ops

from keras_mobilevitv3.array_types import Tensor


def bilinear_resize(images: Tensor, size: tuple[int | Tensor, int | Tensor], align_corners: bool = False) -> Tensor:
    """Resizes maps bilinearly and without antialiasing, with either corner convention.

    `keras.ops.image.resize` supports one convention only and rejects sizes that are known only at run time. Output
    pixel `i` reads the input at `max((i + 0.5) * n_in / n_out - 0.5, 0)`, or with `align_corners=True` at
    `i * (n_in - 1) / (n_out - 1)`. The function skips an axis if its size is known not to change.

    Args:
        images: Float tensor of shape `(batch, height, width, channels)`.
        size: Tuple `(height, width)` of integers or integer scalar tensors.
        align_corners: Boolean, whether to align the centers of the corner pixels of input and output. Defaults to
            `False`.

    Returns:
        Float tensor of shape `(batch, *size, channels)` in the dtype of `images`.
    """
    for axis, out_size in zip((1, 2), size, strict=True):
        in_size = ops.shape(images)[axis]
        if isinstance(in_size, int) and isinstance(out_size, int):
            if in_size != out_size:
                images = _interpolate(images, axis, *static_taps(in_size, out_size, align_corners))
        else:
            images = _interpolate(images, axis, *_dynamic_taps(in_size, out_size, align_corners))
    return images


def even_size(size: int | Tensor) -> int | Tensor:
    """Rounds a size, an integer or an integer scalar tensor, up to an even number."""
    return size + size % 2


def static_taps(in_size: int, out_size: int, align_corners: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns the two input positions that each output position along an axis reads, and the weight of the second.

    NumPy computes them in float64, so a graph contains them as exact constants.

    Args:
        in_size: Integer, size of the input along the axis.
        out_size: Integer, size of the output along the axis.
        align_corners: As in `bilinear_resize`.

    Returns:
        Tuple of three arrays of `out_size` values: int32 first positions, int32 second positions, and float32 weights
        of the second positions.
    """
    position = np.arange(out_size, dtype="float64")
    if align_corners:
        position *= (in_size - 1) / max(out_size - 1, 1)
    else:
        position = np.maximum((position + 0.5) * (in_size / out_size) - 0.5, 0.0)
    low = np.minimum(np.floor(position).astype("int32"), in_size - 1)
    high = np.minimum(low + 1, in_size - 1)
    return low, high, (position - low).astype("float32")


def _dynamic_taps(in_size, out_size, align_corners):
    """Does the same as `static_taps` with tensors, for sizes that are known only at run time."""
    in_size, out_size = ops.cast(in_size, "int32"), ops.cast(out_size, "int32")
    source, target = ops.cast(in_size, "float32"), ops.cast(out_size, "float32")
    position = ops.cast(ops.arange(out_size, dtype="int32"), "float32")
    if align_corners:
        position = position * (source - 1.0) / ops.maximum(target - 1.0, 1.0)
    else:
        position = ops.maximum((position + 0.5) * source / target - 0.5, 0.0)
    low = ops.minimum(ops.cast(ops.floor(position), "int32"), in_size - 1)
    high = ops.minimum(low + 1, in_size - 1)
    return low, high, position - ops.cast(low, "float32")


def _interpolate(images, axis, low, high, weight):
    """Multiplies one axis by a matrix: forward and backward passes are several times faster than gathering rows."""
    _, height, width, channels = ops.shape(images)
    matrix = _tap_matrix(low, high, weight, height if axis == 1 else width)
    matrix = ops.cast(matrix, images.dtype)  # (out, in)
    if axis == 2:
        return ops.matmul(matrix, images)
    rows = ops.matmul(matrix, ops.reshape(images, (-1, height, width * channels)))  # (B, out, W * C)
    return ops.reshape(rows, (-1, ops.shape(matrix)[0], width, channels))


def _tap_matrix(low, high, weight, in_size):
    """Returns the weight of each input position in each output position, of shape `(out, in)`."""
    array_module = np if isinstance(low, np.ndarray) and isinstance(in_size, int) else ops
    position = array_module.arange(in_size, dtype="int32")
    low, high, weight = (array_module.reshape(values, (-1, 1)) for values in (low, high, weight))
    first = array_module.where(position == low, 1 - weight, 0.0)
    return first + array_module.where(position == high, weight, 0.0)
