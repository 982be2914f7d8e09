"""Resizes images and masks with Pillow and OpenCV."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from training.augment.opencv import cv2

PILLOW_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


def resize(
    image: np.ndarray, size: Sequence[int], interpolation: str = "bilinear", antialias: bool = False
) -> np.ndarray:
    """Resizes an image.

    With `antialias=True`, Pillow resizes. With `antialias=False`, OpenCV resizes `"bilinear"`, and the library's
    `resize_image` resizes `"bicubic"`: OpenCV's bicubic kernel (`a = -0.75`) is not Pillow's (`a = -0.5`).

    Args:
        image: Uint8 array of shape `(height, width, 3)`.
        size: Pair of integers, height and width of the result.
        interpolation: String, `"bilinear"` or `"bicubic"`. Defaults to `"bilinear"`.
        antialias: Boolean, whether to average over all pixels that a shrinking resize merges. Defaults to `False`.

    Returns:
        Uint8 array of shape `(*size, 3)`.
    """
    height, width = size
    if antialias:
        return np.asarray(Image.fromarray(image).resize((width, height), PILLOW_FILTERS[interpolation]))
    if interpolation == "bilinear":
        return cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
    from keras_mobilevitv3.preprocessing.resizing import resize_image  # imports Keras

    return resize_image(image, (height, width), interpolation)


def resize_nearest(mask: np.ndarray, size: Sequence[int], nearest: str = "floor") -> np.ndarray:
    """Resizes a mask without mixing labels.

    Args:
        mask: Uint8 array of shape `(height, width)`.
        size: Pair of integers, height and width of the result.
        nearest: String, which pixel becomes the new pixel `i`: `"floor"`, the pixel `floor(i * in / out)`, as OpenCV
            does, or `"centre"`, the pixel `floor((i + 0.5) * in / out)`, as Pillow does. Where a quotient is a whole
            number, rounding in both libraries may give the pixel before. Defaults to `"floor"`.

    Returns:
        Uint8 array of shape `size`.
    """
    height, width = size
    if nearest == "floor":
        return cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(Image.fromarray(mask).resize((width, height), Image.Resampling.NEAREST))
