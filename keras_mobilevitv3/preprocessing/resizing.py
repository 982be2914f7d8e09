"""Resizing one image in NumPy."""

import numpy as np

from keras_mobilevitv3.checks import check_boolean, check_choice, check_integers


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


def resize_image(image, size, interpolation="bilinear", antialias=False):
    """Resizes an image as Pillow (`antialias=True`) or OpenCV (`"bilinear"`, `antialias=False`) does, within one level.

    Args:
        image: Uint8 NumPy array of shape `(height, width, channels)`.
        size: Tuple of integers `(height, width)`.
        interpolation: String, `"bilinear"` or `"bicubic"`. Defaults to `"bilinear"`.
        antialias: Boolean, whether to average over all pixels that a shrinking resize merges. Defaults to `False`.

    Returns:
        Uint8 NumPy array of shape `(*size, channels)`; `image` itself if that is its size.

    Raises:
        ValueError: If an argument is not as stated.
    """
    if not isinstance(image, np.ndarray) or image.ndim != 3 or image.dtype != np.uint8:
        found = f"an array of {image.dtype} and shape {image.shape}" if isinstance(image, np.ndarray) else repr(image)
        raise ValueError(f"`image` must be a uint8 array of shape (height, width, channels). Received: {found}")
    check_integers("size", size, 2)
    check_choice("interpolation", interpolation, KERNELS)
    check_boolean("antialias", antialias)
    for axis in (1, 0):  # the width first, as Pillow
        if image.shape[axis] != size[axis]:
            weights = resize_weights(image.shape[axis], size[axis], interpolation, antialias)
            resized = np.moveaxis(np.tensordot(weights, image.astype("float32"), axes=(1, axis)), 0, axis)
            image = np.floor(np.clip(resized, 0.0, 255.0) + 0.5).astype("uint8")
    return image
