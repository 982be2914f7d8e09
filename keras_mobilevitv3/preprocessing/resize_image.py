"""Resizing one image in NumPy."""

import numpy as np

from keras_mobilevitv3.checks import check_boolean, check_choice, check_integers
from keras_mobilevitv3.preprocessing.resize_weights import KERNELS, resize_weights


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
