"""Mirrors images left to right, with their masks or boxes."""

import numpy as np

from training.augment.opencv import cv2

LEFT_TO_RIGHT = 1  # axis of `cv2.flip`, which is many times faster than a copy of `image[:, ::-1]`


def random_horizontal_flip(image: np.ndarray, rng: np.random.Generator, probability: float = 0.5) -> np.ndarray:
    """Mirrors an image left to right with a probability.

    Args:
        image: Array of shape `(height, width, channels)`.
        rng: `np.random.Generator`.
        probability: Float in [0, 1]. Defaults to `0.5`.

    Returns:
        Array of the shape and type of `image`.
    """
    return cv2.flip(image, LEFT_TO_RIGHT) if rng.random() < probability else image


def random_horizontal_flip_with_mask(
    image: np.ndarray, mask: np.ndarray, rng: np.random.Generator, probability: float = 0.5
) -> tuple[np.ndarray, np.ndarray]:
    """Mirrors an image and its mask left to right with a probability.

    Args:
        image: Array of shape `(height, width, channels)`.
        mask: Array of shape `(height, width)`.
        rng: `np.random.Generator`.
        probability: Float in [0, 1]. Defaults to `0.5`.

    Returns:
        Tuple of image and mask.
    """
    if rng.random() >= probability:
        return image, mask
    return cv2.flip(image, LEFT_TO_RIGHT), cv2.flip(mask, LEFT_TO_RIGHT)


def random_horizontal_flip_with_boxes(
    image: np.ndarray, boxes: np.ndarray, rng: np.random.Generator, probability: float = 0.5
) -> tuple[np.ndarray, np.ndarray]:
    """Mirrors an image and its boxes left to right with a probability.

    Args:
        image: Array of shape `(height, width, channels)`.
        boxes: Float32 array of shape `(count, 4)`, xyxy in pixels.
        rng: `np.random.Generator`.
        probability: Float in [0, 1]. Defaults to `0.5`.

    Returns:
        Tuple of image and boxes.
    """
    if rng.random() >= probability:
        return image, boxes
    left, top, right, bottom = boxes.T
    width = image.shape[1]
    return cv2.flip(image, LEFT_TO_RIGHT), np.stack([width - right, top, width - left, bottom], axis=1)
