import math
from collections.abc import Sequence

import numpy as np

from keras_mobilevitv3.checks import check_not_negative, is_integer, is_number

ASPECT_RATIOS = ((2, 3), (2, 3), (2, 3), (2, 3), (2, 3), (2,))
MIN_SCALE, MAX_SCALE = 0.1, 1.05


def anchors_per_cell(aspect_ratios: Sequence[Sequence[float]] = ASPECT_RATIOS) -> tuple[int, ...]:
    """Returns the number of anchors on each pixel of each map.

    The anchors of a pixel are two squares, and one wide and one tall rectangle for each aspect ratio.

    Args:
        aspect_ratios: Tuple or list with a tuple or list of positive numbers for each map. Defaults to the aspect
            ratios of SSDLite.

    Returns:
        Tuple of integers.

    Raises:
        ValueError: If `aspect_ratios` is not as stated.
    """
    _check_aspect_ratios(aspect_ratios)
    return tuple(2 + 2 * len(ratios) for ratios in aspect_ratios)


def ssd_anchors(
    level_sizes: Sequence[Sequence[int]],
    aspect_ratios: Sequence[Sequence[float]] = ASPECT_RATIOS,
    min_scale: float = MIN_SCALE,
    max_scale: float = MAX_SCALE,
) -> np.ndarray:
    """Computes the anchors of SSD, in units of the image's width and height.

    The anchors depend on the sizes of the maps, not on the aspect ratio of the image. The function computes in float64
    and clips center, width and height to [0, 1]: the wide anchors of the last maps are as wide as the image. Corners of
    anchors may lie outside the image.

    Args:
        level_sizes: Tuple or list of the `(height, width)` of each map, large maps first.
        aspect_ratios: Tuple or list with a tuple or list of positive numbers for each map. Defaults to the aspect
            ratios of SSDLite: `(2, 3)`, and `(2,)` on the last map.
        min_scale: Float, side of the small square on the first map. Defaults to `0.1`.
        max_scale: Float, side of the small square on an imaginary map after the last map. The sides of the small
            squares are evenly spaced. The large square of a map has the geometric mean of the side of its small square
            and the side of the small square on the next map. Defaults to `1.05`.

    Returns:
        Float32 NumPy array of shape `(anchors, 4)`, `center_xywh`, sorted by map, row and column. The anchors of a
        pixel are the small square, the large square, and for each aspect ratio the wide and the tall rectangle.

    Raises:
        ValueError: If an argument is not as stated.

    Reference:
        [Liu et al., 2016](https://arxiv.org/abs/1512.02325), section 2.2
    """
    _check_aspect_ratios(aspect_ratios)
    for name, value in (("min_scale", min_scale), ("max_scale", max_scale)):
        check_not_negative(name, value)
    is_list = isinstance(level_sizes, tuple | list) and len(level_sizes) == len(aspect_ratios)
    if not is_list or not all(_is_size(size) for size in level_sizes):
        raise ValueError(
            f"`level_sizes` must be {len(aspect_ratios)} pairs of positive integers. "
            f"Received: level_sizes={level_sizes}"
        )
    scales = np.linspace(min_scale, max_scale, len(aspect_ratios) + 1)
    levels = [
        _level_anchors(height, width, _shapes(scales[level], scales[level + 1], aspect_ratios[level]))
        for level, (height, width) in enumerate(level_sizes)
    ]
    return np.clip(np.concatenate(levels).astype("float32"), 0.0, 1.0)


def _is_size(size):
    return isinstance(size, tuple | list) and len(size) == 2 and all(is_integer(side) and side > 0 for side in size)


def _check_aspect_ratios(aspect_ratios):
    is_list = isinstance(aspect_ratios, tuple | list) and aspect_ratios
    if not is_list or not all(isinstance(ratios, tuple | list) for ratios in aspect_ratios):
        raise ValueError(
            f"`aspect_ratios` must be a sequence of numbers for each map. Received: aspect_ratios={aspect_ratios!r}"
        )
    if not all(is_number(ratio) and ratio > 0 for ratios in aspect_ratios for ratio in ratios):
        raise ValueError(f"`aspect_ratios` must hold positive numbers. Received: aspect_ratios={aspect_ratios!r}")


def _shapes(scale, next_scale, aspect_ratios):
    """Returns widths and heights of the anchors of a pixel: `(A, 2)`."""
    large = math.sqrt(scale * next_scale)
    shapes = [(scale, scale), (large, large)]
    for ratio in aspect_ratios:
        stretch = math.sqrt(ratio)
        shapes += [(scale * stretch, scale / stretch), (scale / stretch, scale * stretch)]
    return np.array(shapes)


def _level_anchors(height: int, width: int, shapes: np.ndarray) -> np.ndarray:
    rows, columns = (np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width
    centers = np.stack([np.tile(columns, height), np.repeat(rows, width)], axis=-1)[:, None]  # (H * W, 1, 2)
    anchors = np.concatenate(np.broadcast_arrays(centers, shapes[None]), axis=-1)  # (H * W, A, 4)
    return anchors.reshape(-1, 4)
