"""Layouts of the official tensors against those of Keras."""

import numpy as np

# Axes of the official array in the order of Keras' axes; both leading ones of "pointwise" are dropped.
AXES = {
    "conv": (2, 3, 1, 0),  # (out, in, height, width) -> (height, width, in, out)
    "depthwise": (2, 3, 0, 1),  # (channels, 1, height, width) -> (height, width, channels, 1)
    "linear": (1, 0),  # (out, in) -> (in, out)
    "pointwise": (2, 3, 1, 0),  # (out, in, 1, 1) -> (1, 1, in, out) -> (in, out)
    "matrix": (0, 1),
    "vector": (0,),
}


def to_keras(array, layout):
    """Turns an official array into the layout of Keras.

    Args:
        array: NumPy array of the shape that `official_shape` gives.
        layout: Key of `AXES`.

    Returns:
        NumPy array.
    """
    array = array.transpose(AXES[layout])
    return array[0, 0] if layout == "pointwise" else array


def from_keras(array, layout):
    """Undoes `to_keras`.

    Args:
        array: NumPy array in the layout of Keras.
        layout: Key of `AXES`.

    Returns:
        NumPy array in the official layout.
    """
    if layout == "pointwise":
        array = array[None, None]
    return array.transpose(np.argsort(AXES[layout]))


def official_shape(shape, layout):
    """Shape of the official twin of a Keras variable.

    Args:
        shape: Tuple of integers, the shape of the variable.
        layout: Key of `AXES`.

    Returns:
        Tuple of integers.
    """
    if layout == "pointwise":
        shape = (1, 1, *shape)
    return tuple(int(shape[axis]) for axis in np.argsort(AXES[layout]))


def reverse_channels(array):
    """Reverses the input channels of an official stem kernel, (out, 3, height, width): BGR to RGB and back."""
    return np.ascontiguousarray(array[:, ::-1])
