import math

import numpy as np

from keras_mobilevitv3.checks import check_not_negative, is_integer, is_number

ASPECT_RATIOS = ((2, 3), (2, 3), (2, 3), (2, 3), (2, 3), (2,))
MIN_SCALE, MAX_SCALE = 0.1, 1.05


def anchors_per_cell(aspect_ratios=ASPECT_RATIOS):
    """Number of anchors on each pixel of each map: two squares, and each aspect ratio lying and standing.

    Args:
        aspect_ratios: Tuple or list, of a tuple or list of positive numbers for each map. Defaults to those of SSDLite.

    Returns:
        Tuple of integers.

    Raises:
        ValueError: If `aspect_ratios` is not as stated.
    """
    _check_aspect_ratios(aspect_ratios)
    return tuple(2 + 2 * len(ratios) for ratios in aspect_ratios)


def ssd_anchors(level_sizes, aspect_ratios=ASPECT_RATIOS, min_scale=MIN_SCALE, max_scale=MAX_SCALE):
    """Anchors of SSD, in units of the image's width and height.

    They depend on the sizes of the maps only, not on the aspect ratio of the image, and are computed in float64. All
    four numbers are clipped to [0, 1]: the wide anchors of the last maps are as wide as the image. Their corners may
    lie outside.

    Args:
        level_sizes: Tuple or list of `(height, width)` of each map, large maps first.
        aspect_ratios: Tuple or list, of a tuple or list of positive numbers for each map. Defaults to those of
            SSDLite, `(2, 3)` and, on the last map, `(2,)`.
        min_scale: Float, side of the small square on the first map. Defaults to `0.1`.
        max_scale: Float, side of the small square on a map after the last one. Defaults to `1.05`.

    Returns:
        Float32 NumPy array of shape `(anchors, 4)`, `center_xywh`: by map, row, column, and on each pixel the small
        square, the large one, and each ratio lying and standing.

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
    of_maps = isinstance(aspect_ratios, tuple | list) and aspect_ratios
    if not of_maps or not all(isinstance(ratios, tuple | list) for ratios in aspect_ratios):
        raise ValueError(
            f"`aspect_ratios` must be a sequence of numbers for each map. Received: aspect_ratios={aspect_ratios!r}"
        )
    if not all(is_number(ratio) and ratio > 0 for ratios in aspect_ratios for ratio in ratios):
        raise ValueError(f"`aspect_ratios` must hold positive numbers. Received: aspect_ratios={aspect_ratios!r}")


def _shapes(scale, next_scale, aspect_ratios):
    """Widths and heights of the anchors of a pixel: `(A, 2)`."""
    large = math.sqrt(scale * next_scale)
    shapes = [(scale, scale), (large, large)]
    for ratio in aspect_ratios:
        stretch = math.sqrt(ratio)
        shapes += [(scale * stretch, scale / stretch), (scale / stretch, scale * stretch)]
    return np.array(shapes)


def _level_anchors(height, width, shapes):
    y, x = np.meshgrid((np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width, indexing="ij")
    centres = np.stack([x, y], axis=-1).reshape(-1, 1, 2)  # (H * W, 1, 2)
    anchors = np.concatenate(np.broadcast_arrays(centres, shapes[None]), axis=-1)  # (H * W, A, 4)
    return anchors.reshape(-1, 4)
