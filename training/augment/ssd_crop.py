"""Crops for detection: random parts of an image that overlap an object enough."""

import numpy as np

from training.augment.random_resized_crop import crop

# Least overlap that a crop must have with an object; 0 stands for the whole image.
MIN_OVERLAPS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
TRIALS = 40
ROUNDS = 50  # after 50 overlaps without a part, the image stays whole: a chance of (6 / 7) ** 50 at most
SIDES = (0.3, 1.0)
RATIOS = (0.5, 2.0)


def ssd_crop(
    image: np.ndarray, boxes: np.ndarray, labels: np.ndarray, rng: np.random.Generator, min_size: int = 0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cuts a random part out of an image (see `sample_ssd_crop`). Objects with their center in the part stay.

    The function clips the boxes to the part. It does not change the boxes of an image that stays whole.

    Args:
        image: Uint8 array of shape `(height, width, 3)`.
        boxes: Float32 array of shape `(count, 4)`, xyxy in pixels.
        labels: Int32 array of shape `(count,)`.
        rng: `np.random.Generator`.
        min_size: Integer, least height and width of the part. Defaults to `0`.

    Returns:
        Tuple of image, boxes and labels.
    """
    part = sample_ssd_crop(rng, *image.shape[:2], boxes, min_size)
    if part is None:
        return image, boxes, labels
    edges = _edges(np.array([part]))
    inside = _centers_inside(boxes, edges)[0]
    kept = boxes[inside].reshape(-1, 2, 2)  # (count, corners, xy)
    corner, end = edges.reshape(2, 2)
    return crop(image, part), (np.clip(kept, corner, end) - corner).reshape(-1, 4), labels[inside]


def sample_ssd_crop(
    rng: np.random.Generator, height: int, width: int, boxes: np.ndarray, min_size: int = 0
) -> tuple[int, int, int, int] | None:
    """Draws a part of an image.

    The function draws a least overlap from `MIN_OVERLAPS`, and 40 parts: the sides are 0.3 to 1 of the sides of the
    image, height / width is 0.5 to 2, the place is random. It takes the first part that contains the center of a box
    and has the least overlap, as intersection over union, with a box. If there is none, it draws another overlap.

    Args:
        rng: `np.random.Generator`.
        height: Integer, height of the image.
        width: Integer, width of the image.
        boxes: Float32 array of shape `(count, 4)`, xyxy in pixels.
        min_size: Integer, least height and width of the part. Defaults to `0`.

    Returns:
        Tuple of integers: top, left, height and width. `None` if the image stays whole.
    """
    for _ in range(ROUNDS if len(boxes) else 0):
        overlap = MIN_OVERLAPS[rng.integers(len(MIN_OVERLAPS))]
        if overlap == 0.0:
            return None
        parts = _sample_parts(rng, (height, width))
        accepted = _accepted(parts, boxes, overlap, min_size)
        if accepted.any():
            return tuple(parts[accepted.argmax()].tolist())
    return None


def _sample_parts(rng, size):
    """Draws integers `(trials, 4)`: top, left, height and width."""
    sides = (rng.uniform(*SIDES, (TRIALS, 2)) * size).astype(int)
    corners = (rng.random((TRIALS, 2)) * (size - sides)).astype(int)
    return np.concatenate([corners, sides], axis=1)


def _edges(parts):
    """Converts top, left, height and width `(parts, 4)` to float32 xyxy."""
    top, left, height, width = parts.T
    return np.stack([left, top, left + width, top + height], axis=1).astype(np.float32)


def _accepted(parts, boxes, overlap, min_size):
    """Returns whether each part has the right shape and enough of a box."""
    height, width = parts[:, 2], parts[:, 3]
    shaped = (height >= RATIOS[0] * width) & (height <= RATIOS[1] * width)
    shaped &= np.minimum(height, width) >= max(min_size, 1)
    edges = _edges(parts)
    common = np.minimum(edges[:, None, 2:], boxes[:, 2:]) - np.maximum(edges[:, None, :2], boxes[:, :2])
    common = np.maximum(common, 0.0).prod(axis=-1)  # (parts, boxes)
    union = (height * width)[:, None] + (boxes[:, 2:] - boxes[:, :2]).prod(axis=-1) - common
    enough = (common >= overlap * union).any(axis=1)
    return shaped & enough & _centers_inside(boxes, edges).any(axis=1)


def _centers_inside(boxes, edges):
    """Returns whether the center of each of `(boxes, 4)` is inside each of `(parts, 4)`: boolean `(parts, boxes)`."""
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    return ((centers > edges[:, None, :2]) & (centers < edges[:, None, 2:])).all(axis=-1)
