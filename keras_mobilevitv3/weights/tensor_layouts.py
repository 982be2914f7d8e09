"""Converts arrays between the layouts of official checkpoints and Keras."""

from collections.abc import Sequence

import numpy as np

# Axes of the official array in the order of Keras' axes. "pointwise" then drops the two leading axes.
AXES = {
    "conv": (2, 3, 1, 0),  # (out, in, height, width) -> (height, width, in, out)
    "depthwise": (2, 3, 0, 1),  # (channels, 1, height, width) -> (height, width, channels, 1)
    "linear": (1, 0),  # (out, in) -> (in, out)
    "pointwise": (2, 3, 1, 0),  # (out, in, 1, 1) -> (1, 1, in, out) -> (in, out)
    "matrix": (0, 1),
    "vector": (0,),
}


def to_keras(array: np.ndarray, layout: str) -> np.ndarray:
    """Converts an array from the official layout to the layout of Keras.

    Args:
        array: NumPy array in the official layout; see `official_shape`.
        layout: String, a key of `AXES`.

    Returns:
        NumPy array in the layout of Keras.
    """
    array = array.transpose(AXES[layout])
    return array[0, 0] if layout == "pointwise" else array


def from_keras(array: np.ndarray, layout: str) -> np.ndarray:
    """Converts an array from the layout of Keras to the official layout, the inverse of `to_keras`.

    Args:
        array: NumPy array in the layout of Keras.
        layout: String, a key of `AXES`.

    Returns:
        NumPy array in the official layout.
    """
    if layout == "pointwise":
        array = array[None, None]
    return array.transpose(np.argsort(AXES[layout]))


def official_shape(shape: Sequence[int], layout: str) -> tuple[int, ...]:
    """Returns the shape of a Keras variable in the official layout.

    Args:
        shape: Tuple of integers, the shape of the variable.
        layout: String, a key of `AXES`.

    Returns:
        Tuple of integers.
    """
    if layout == "pointwise":
        shape = (1, 1, *shape)
    return tuple(int(shape[axis]) for axis in np.argsort(AXES[layout]))


def reverse_channels(array: np.ndarray) -> np.ndarray:
    """Swaps BGR and RGB in the input channels of an official stem kernel, `(out, 3, height, width)`."""
    return np.ascontiguousarray(array[:, ::-1])
