"""Crops an image and its mask, and avoids crops that one class fills almost completely."""

from collections.abc import Sequence

import numpy as np

from training.augment import VOID
from training.augment.opencv import cv2
from training.augment.random_resized_crop import crop
from training.augment.random_short_side import resize_both

TRIES = 10


def random_mask_crop(
    image: np.ndarray,
    mask: np.ndarray,
    rng: np.random.Generator,
    size: int,
    padding: bool = False,
    max_class_share: float | None = None,
    void: int | None = VOID,
    interpolation: str = "bilinear",
    antialias: bool = False,
    nearest: str = "floor",
) -> tuple[np.ndarray, np.ndarray]:
    """Cuts the same random square out of an image and its mask.

    Args:
        image: Uint8 array of shape `(height, width, 3)`.
        mask: Uint8 array of shape `(height, width)`.
        rng: `np.random.Generator`.
        size: Integer, height and width of the square.
        padding: Boolean. With `True`, a smaller image gets black and void pixels at the right and at the bottom. With
            `False`, a resize enlarges its shorter side to `size`. Defaults to `False`.
        max_class_share, void: As in `sample_corner`.
        interpolation, antialias, nearest: As in `training.augment.random_short_side.random_short_side`.

    Returns:
        Tuple of image and mask, of shapes `(size, size, 3)` and `(size, size)`.
    """
    if padding:
        image, mask = _pad(image, mask, size)
    else:
        shorter = min(mask.shape)
        enlarged = [max(size, shorter) * side // shorter for side in mask.shape]
        image, mask = resize_both(image, mask, enlarged, interpolation, antialias, nearest)
    box = (*sample_corner(mask, rng, size, max_class_share, void), size, size)
    return crop(image, box), crop(mask, box)


def _pad(image, mask, size):
    below, right = (max(size - side, 0) for side in mask.shape)
    if not (below or right):
        return image, mask
    image = cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_CONSTANT, value=0)
    return image, cv2.copyMakeBorder(mask, 0, below, 0, right, cv2.BORDER_CONSTANT, value=VOID)


def sample_corner(
    mask: np.ndarray,
    rng: np.random.Generator,
    size: int,
    max_class_share: float | None = None,
    void: int | None = VOID,
) -> Sequence[int]:
    """Draws the corner of a square: the first of ten squares that is accepted, or the last one.

    A square is accepted if each class has less than `max_class_share` of the labelled pixels. A square without labelled
    pixels is accepted too.

    Args:
        mask: Uint8 array of shape `(height, width)`. Both sides are `size` or more.
        rng: `np.random.Generator`.
        size: Integer, height and width of the square.
        max_class_share: Float in (0, 1], or `None` to accept every square. Defaults to `None`.
        void: Integer, label of the pixels without a class, or `None` if every label is a class. Defaults to `255`.

    Returns:
        Pair of integers, top and left.
    """
    room = np.subtract(mask.shape, size)
    if max_class_share is None:
        return rng.integers(room, endpoint=True).tolist()
    for _ in range(TRIES):
        corner = rng.integers(room, endpoint=True).tolist()
        counts = np.bincount(crop(mask, (*corner, size, size)).ravel(), minlength=VOID + 1)
        if void is not None:
            counts[void] = 0
        labelled = counts.sum()
        if labelled == 0 or counts.max() < max_class_share * labelled:
            break
    return corner
