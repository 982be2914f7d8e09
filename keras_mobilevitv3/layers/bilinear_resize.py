import numpy as np
from keras import ops


def bilinear_resize(images, size, align_corners=False):
    """Resizes maps with two linear taps per axis and no antialiasing, in either corner convention.

    `keras.ops.image.resize` has one convention and refuses sizes that are known only at run time. Output pixel `i`
    reads the input at `(i + 0.5) * n_in / n_out - 0.5`, not below 0, or with `align_corners=True` at
    `i * (n_in - 1) / (n_out - 1)`. An axis that is known to keep its size costs nothing.

    Args:
        images: Float tensor of shape `(batch, height, width, channels)`.
        size: Tuple `(height, width)` of integers or integer scalar tensors.
        align_corners: Boolean, whether the corner pixels of input and output have the same centres.
            Defaults to `False`.

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


def even_size(size):
    """Smallest even number not below `size`, an integer or an integer scalar tensor."""
    return size + size % 2


def static_taps(in_size, out_size, align_corners):
    """Where each output position along an axis reads the input, and how much of the second place it takes.

    The NumPy float64 twin of `_dynamic_taps`, exact and folded into a graph as constants.

    Args:
        in_size: Integer.
        out_size: Integer.
        align_corners: As in `bilinear_resize`.

    Returns:
        Tuple of arrays of `out_size` values: int32 positions, the positions after them, and float32 weights of these.
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
    """A product with the matrix of the taps: forwards and backwards several times faster than gathering rows."""
    _, height, width, channels = ops.shape(images)
    matrix = _tap_matrix(low, high, weight, height if axis == 1 else width)
    matrix = ops.cast(matrix, images.dtype)  # (out, in)
    if axis == 2:
        return ops.matmul(matrix, images)
    rows = ops.matmul(matrix, ops.reshape(images, (-1, height, width * channels)))  # (B, out, W * C)
    return ops.reshape(rows, (-1, ops.shape(matrix)[0], width, channels))


def _tap_matrix(low, high, weight, in_size):
    """Share of each input position in each output position, `(out, in)`."""
    numbers = np if isinstance(low, np.ndarray) and isinstance(in_size, int) else ops
    position = numbers.arange(in_size, dtype="int32")
    low, high, weight = (numbers.reshape(taps, (-1, 1)) for taps in (low, high, weight))
    return numbers.where(position == low, 1 - weight, 0.0) + numbers.where(position == high, weight, 0.0)
