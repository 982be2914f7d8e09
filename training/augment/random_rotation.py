"""Turns an image and its mask by a random angle."""

import numpy as np
from PIL import Image

from training.augment import VOID


def random_rotation(
    image: np.ndarray, mask: np.ndarray, rng: np.random.Generator, max_degrees: float = 10.0
) -> tuple[np.ndarray, np.ndarray]:
    """Turns an image and its mask about the center by a random angle.

    The angle is uniform from `-max_degrees` to `max_degrees`, counter-clockwise. Pillow interpolates the image
    bilinearly, and takes the nearest pixel of the mask. Pixels from outside are black in the image, void in the mask.

    Args:
        image: Uint8 array of shape `(height, width, 3)`.
        mask: Uint8 array of shape `(height, width)`.
        rng: `np.random.Generator`.
        max_degrees: Float. Defaults to `10.0`.

    Returns:
        Tuple of image and mask.
    """
    angle = rng.uniform(-max_degrees, max_degrees)
    turned = Image.fromarray(image).rotate(angle, Image.Resampling.BILINEAR)
    turned_mask = Image.fromarray(mask).rotate(angle, Image.Resampling.NEAREST, fillcolor=VOID)
    return np.asarray(turned), np.asarray(turned_mask)
