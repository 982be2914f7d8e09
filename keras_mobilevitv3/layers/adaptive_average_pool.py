import numpy as np
from keras import ops

from keras_mobilevitv3.array_types import Tensor


def adaptive_average_pool(maps: Tensor, pool_size: int) -> Tensor:
    """Averages maps of any size over a grid of windows, as PyTorch's adaptive average pooling does.

    Window `i` of `p` covers the rows from `floor(i * height / p)` to `ceil((i + 1) * height / p)`, and likewise the
    columns. Neighboring windows share a row if `p` does not divide the height. Unlike the pooling of Keras, this
    function does not need to know the size before run time.

    Args:
        maps: Float tensor of shape `(batch, height, width, channels)`.
        pool_size: Integer `p`, number of windows along each axis.

    Returns:
        Float tensor of shape `(batch, pool_size, pool_size, channels)` in the dtype of `maps`.
    """
    _, height, width, _ = ops.shape(maps)
    rows, columns = (ops.cast(_window_weights(size, pool_size), maps.dtype) for size in (height, width))
    maps = ops.einsum("ph,bhwc->bpwc", rows, maps)
    return ops.einsum("qw,bpwc->bpqc", columns, maps)


def _window_weights(size, pool_size):
    """Returns the weight of each position in each window along one axis, of shape `(pool_size, size)`."""
    array_module = np if isinstance(size, int) else ops
    window = array_module.reshape(array_module.arange(pool_size, dtype="int32"), (-1, 1))
    start, end = window * size // pool_size, -(-(window + 1) * size // pool_size)
    position = array_module.reshape(array_module.arange(size, dtype="int32"), (1, -1))
    inside = array_module.logical_and(position >= start, position < end)
    return ops.cast(inside, "float32") / ops.cast(end - start, "float32")
