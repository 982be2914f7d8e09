"""Weights of a separable image resize along one axis."""

import numpy as np


def _linear(distance):
    return np.maximum(1.0 - np.abs(distance), 0.0)


def _cubic(distance):
    """Cubic convolution with `a = -0.5` (Keys), the kernel of Pillow."""
    x = np.abs(distance)
    near = (1.5 * x - 2.5) * x * x + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return np.where(x < 1.0, near, np.where(x < 2.0, far, 0.0))


KERNELS = {"bilinear": _linear, "bicubic": _cubic}


def resize_weights(input_size, output_size, interpolation="bilinear", antialias=False):
    """Weight of every input pixel in every output pixel, along one axis.

    Pixel centres lie at half integers (corners are not aligned) and the weights of an output pixel add up to 1, at the
    borders too.

    Args:
        input_size: Integer, pixels before the resize.
        output_size: Integer, pixels after the resize.
        interpolation: String, `"bilinear"` or `"bicubic"`. Defaults to `"bilinear"`.
        antialias: Boolean, whether to widen the kernel by the scale when shrinking. `True` gives Pillow's coefficients,
            `False` with `"bilinear"` those of OpenCV. Defaults to `False`.

    Returns:
        Float32 NumPy array of shape `(output_size, input_size)`.
    """
    scale = input_size / output_size
    centres = (np.arange(output_size) + 0.5) * scale
    distances = np.arange(input_size) + 0.5 - centres[:, None]  # (output, input)
    weights = KERNELS[interpolation](distances / max(scale, 1.0) if antialias else distances)
    return (weights / weights.sum(axis=1, keepdims=True)).astype("float32")
