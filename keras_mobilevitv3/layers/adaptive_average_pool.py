import numpy as np
from keras import ops


def adaptive_average_pool(maps, pool_size):
    """Means over a grid of windows that cover a map of any size, as PyTorch's adaptive average pooling takes them.

    Window `i` of `p` covers the rows from `floor(i * height / p)` up to `ceil((i + 1) * height / p)`, and columns
    likewise; neighbours share a row where `p` does not divide the height. The pooling of Keras needs to know the size.

    Args:
        maps: Float tensor of shape `(batch, height, width, channels)`.
        pool_size: Integer `p`, windows along each axis.

    Returns:
        Float tensor of shape `(batch, pool_size, pool_size, channels)` in the dtype of `maps`.
    """
    _, height, width, _ = ops.shape(maps)
    rows, columns = (ops.cast(_window_weights(size, pool_size), maps.dtype) for size in (height, width))
    maps = ops.einsum("ph,bhwc->bpwc", rows, maps)
    return ops.einsum("qw,bpwc->bpqc", columns, maps)


def _window_weights(size, pool_size):
    """Share of each position in each window along one axis: `(pool_size, size)`."""
    numbers = np if isinstance(size, int) else ops
    window = numbers.reshape(numbers.arange(pool_size, dtype="int32"), (-1, 1))
    start, end = window * size // pool_size, -(-(window + 1) * size // pool_size)
    position = numbers.reshape(numbers.arange(size, dtype="int32"), (1, -1))
    inside = numbers.logical_and(position >= start, position < end)
    return ops.cast(inside, "float32") / ops.cast(end - start, "float32")
