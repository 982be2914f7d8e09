"""Layouts of the official tensors against those of Keras."""

import numpy as np


def to_keras(array, layout):
    """Turns an official array into the layout of Keras.

    Args:
        array: NumPy array: convolution (out, in, height, width), depthwise (channels, 1, height, width), linear
            (out, in), vector.
        layout: `"conv"`, `"depthwise"`, `"linear"`, `"pointwise"` or `"vector"` (see `OfficialTensor`).

    Returns:
        NumPy array: convolution (height, width, in, out), depthwise (height, width, channels, 1), matrix (in, out).

    Raises:
        ValueError: If the array has not the number of axes of the layout.
    """
    axes = {"conv": 4, "depthwise": 4, "linear": 2, "pointwise": 4, "vector": 1}[layout]
    if array.ndim != axes or (layout == "pointwise" and array.shape[2:] != (1, 1)):
        raise ValueError(f"A tensor of layout {layout!r} has {axes} axes. Received: shape {array.shape}")
    if layout == "conv":
        return array.transpose(2, 3, 1, 0)
    if layout == "depthwise":
        return array.transpose(2, 3, 0, 1)
    if layout == "pointwise":
        return array[:, :, 0, 0].T
    return array.T if layout == "linear" else array


def from_keras(array, layout):
    """Undoes `to_keras`.

    Args:
        array: NumPy array in the layout of Keras.
        layout: As in `to_keras`.

    Returns:
        NumPy array in the official layout.
    """
    if layout == "conv":
        return array.transpose(3, 2, 0, 1)
    if layout == "depthwise":
        return array.transpose(2, 3, 0, 1)
    if layout == "pointwise":
        return array.T[:, :, None, None]
    return array.T if layout == "linear" else array


def reverse_channels(array):
    """Reverses the input channels of an official stem kernel, (out, 3, height, width): BGR to RGB and back."""
    return np.ascontiguousarray(array[:, ::-1])
