"""Erases a random box of an image."""

from collections.abc import Sequence

import numpy as np

from training.augment.random_box import sample_box

SCALE = (0.02, 0.33)
RATIO = (0.3, 3.3)


def random_erasing(
    image: np.ndarray,
    rng: np.random.Generator,
    probability: float = 0.25,
    scale: Sequence[float] = SCALE,
    ratio: Sequence[float] = RATIO,
) -> np.ndarray:
    """Sets a random box of an image to 0 with a probability.

    Args:
        image: Array of shape `(height, width, channels)`.
        rng: `np.random.Generator`.
        probability: Float in [0, 1]. Defaults to `0.25`.
        scale, ratio: As in `sample_erased_box`.

    Returns:
        Array of the shape and type of `image`.
    """
    if rng.random() >= probability:
        return image
    box = sample_erased_box(rng, *image.shape[:2], scale, ratio)
    if box is None:
        return image
    top, left, height, width = box
    erased = image.copy()
    erased[top : top + height, left : left + width] = 0
    return erased


def sample_erased_box(
    rng: np.random.Generator, height: int, width: int, scale: Sequence[float] = SCALE, ratio: Sequence[float] = RATIO
) -> tuple[int, int, int, int] | None:
    """Draws the box to erase (see `sample_box`). The box is smaller than the image in both directions.

    Args:
        rng: `np.random.Generator`.
        height: Integer, height of the image.
        width: Integer, width of the image.
        scale: Pair of floats, least and greatest share of the area. Defaults to `(0.02, 0.33)`.
        ratio: Pair of floats, least and greatest height / width. Defaults to `(0.3, 3.3)`.

    Returns:
        Tuple of integers: top, left, height and width. `None` if no box fits.
    """
    return sample_box(rng, (height, width), (height - 1, width - 1), scale, (1 / ratio[1], 1 / ratio[0]))
