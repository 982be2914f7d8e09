"""Crops of random area and aspect ratio."""

from collections.abc import Sequence

import numpy as np

from training.augment.random_box import sample_box
from training.augment.resize import resize

SCALE = (0.08, 1.0)
RATIO = (3 / 4, 4 / 3)


def sample_crop(
    rng: np.random.Generator, height: int, width: int, scale: Sequence[float] = SCALE, ratio: Sequence[float] = RATIO
) -> tuple[int, int, int, int]:
    """Draws the box of a random resized crop.

    If none of the ten boxes of `sample_box` fits into the image, the box is the largest one in the center of the image
    with an aspect ratio inside `ratio`.

    Args:
        rng: `np.random.Generator`.
        height: Integer, height of the image.
        width: Integer, width of the image.
        scale: Pair of floats, least and greatest share of the area. Defaults to `(0.08, 1.0)`.
        ratio: Pair of floats, least and greatest width / height. Defaults to `(3/4, 4/3)`.

    Returns:
        Tuple of integers: top, left, height and width.
    """
    box = sample_box(rng, (height, width), (height, width), scale, ratio)
    if box is not None:
        return box
    crop_height = round(width / ratio[0]) if width / height < ratio[0] else height
    crop_width = round(height * ratio[1]) if width / height > ratio[1] else width
    return (height - crop_height) // 2, (width - crop_width) // 2, crop_height, crop_width


def crop(image: np.ndarray, box: Sequence[int]) -> np.ndarray:
    """Returns the part `box` (top, left, height, width) of an image or a mask, a view."""
    top, left, height, width = box
    return image[top : top + height, left : left + width]


def random_resized_crop(
    image: np.ndarray,
    rng: np.random.Generator,
    size: Sequence[int],
    scale: Sequence[float] = SCALE,
    ratio: Sequence[float] = RATIO,
    interpolation: str = "bilinear",
    antialias: bool = False,
) -> np.ndarray:
    """Cuts a random box out of an image (see `sample_crop`) and resizes the box (see `resize`).

    Args:
        image: Uint8 array of shape `(height, width, 3)`.
        rng: `np.random.Generator`.
        size: Pair of integers, height and width of the result.
        scale, ratio: As in `sample_crop`.
        interpolation, antialias: As in `training.augment.resize.resize`.

    Returns:
        Uint8 array of shape `(*size, 3)`.
    """
    box = sample_crop(rng, *image.shape[:2], scale, ratio)
    return resize(crop(image, box), size, interpolation, antialias)
