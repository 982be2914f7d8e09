"""Resizes an image and its mask to a random size."""

from collections.abc import Sequence

import numpy as np

from training.augment.resize import resize, resize_nearest


def sample_size(
    rng: np.random.Generator, height: int, width: int, short_side: Sequence[int], max_long_side: int | None = None
) -> tuple[int, int]:
    """Draws the size of a random resize: the length of the shorter side is random, the aspect ratio stays.

    Args:
        rng: `np.random.Generator`.
        height: Integer, height of the image.
        width: Integer, width of the image.
        short_side: Pair of integers, least and greatest length of the shorter side, both included.
        max_long_side: Integer, greatest length of the longer side. A size with a longer one shrinks in proportion.
            Defaults to `None`: no limit.

    Returns:
        Tuple of integers, height and width, rounded down.
    """
    low, high = short_side
    shorter, longer = sorted((height, width))
    wanted = int(rng.integers(low, high, endpoint=True))
    if max_long_side is not None and wanted * longer > max_long_side * shorter:
        wanted, shorter = max_long_side, longer
    return max(wanted * height // shorter, 1), max(wanted * width // shorter, 1)


def random_short_side(
    image: np.ndarray,
    mask: np.ndarray,
    rng: np.random.Generator,
    short_side: Sequence[int],
    max_long_side: int | None = None,
    interpolation: str = "bilinear",
    antialias: bool = False,
    nearest: str = "floor",
) -> tuple[np.ndarray, np.ndarray]:
    """Resizes an image and its mask to a random size (see `sample_size`).

    Args:
        image: Uint8 array of shape `(height, width, 3)`.
        mask: Uint8 array of shape `(height, width)`.
        rng, short_side, max_long_side: As in `sample_size`.
        interpolation, antialias: As in `training.augment.resize.resize`.
        nearest: As in `training.augment.resize.resize_nearest`.

    Returns:
        Tuple of image and mask.
    """
    size = sample_size(rng, *mask.shape, short_side, max_long_side)
    return resize_both(image, mask, size, interpolation, antialias, nearest)


def resize_both(
    image: np.ndarray,
    mask: np.ndarray,
    size: Sequence[int],
    interpolation: str = "bilinear",
    antialias: bool = False,
    nearest: str = "floor",
) -> tuple[np.ndarray, np.ndarray]:
    """Resizes an image and its mask. Returns them unchanged if they already have the size."""
    if mask.shape == tuple(size):
        return image, mask
    return resize(image, size, interpolation, antialias), resize_nearest(mask, size, nearest)
