"""A random box of an image, for crops and for erasing."""

import math
from collections.abc import Sequence

import numpy as np

TRIES = 10


def sample_box(
    rng: np.random.Generator,
    size: Sequence[int],
    largest: Sequence[int],
    scale: Sequence[float],
    ratio: Sequence[float],
) -> tuple[int, int, int, int] | None:
    """Draws a box of random area and aspect ratio, at a random place in an image.

    The share of the area is uniform in `scale`. The aspect ratio is uniform in `ratio` on a logarithmic scale. The
    function draws up to ten boxes, and takes the first one with sides from 1 pixel to `largest`.

    Args:
        rng: `np.random.Generator`.
        size: Pair of integers, height and width of the image.
        largest: Pair of integers, largest height and width of the box.
        scale: Pair of floats, least and greatest share of the area of the image.
        ratio: Pair of floats, least and greatest width / height.

    Returns:
        Tuple of integers: top, left, height and width. `None` if none of the ten boxes fits.
    """
    for _ in range(TRIES):
        area = size[0] * size[1] * rng.uniform(*scale)
        aspect = math.exp(rng.uniform(math.log(ratio[0]), math.log(ratio[1])))
        height, width = round(math.sqrt(area / aspect)), round(math.sqrt(area * aspect))
        if 0 < height <= largest[0] and 0 < width <= largest[1]:
            top, left = rng.integers((size[0] - height + 1, size[1] - width + 1)).tolist()
            return top, left, height, width
    return None
