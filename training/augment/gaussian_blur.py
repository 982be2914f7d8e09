"""Blurs images with Pillow."""

import numpy as np
from PIL import Image, ImageFilter


def random_gaussian_blur(
    image: np.ndarray, rng: np.random.Generator, probability: float = 0.5, max_radius: float = 1.0
) -> np.ndarray:
    """Blurs an image with a probability, with a random radius.

    Args:
        image: Uint8 array of shape `(height, width, 3)`.
        rng: `np.random.Generator`.
        probability: Float in [0, 1]. Defaults to `0.5`.
        max_radius: Float. The radius, the standard deviation in pixels, is uniform from 0 to `max_radius`. Defaults to
            `1.0`.

    Returns:
        Uint8 array of the shape of `image`.
    """
    if rng.random() >= probability:
        return image
    radius = rng.uniform(0.0, max_radius)
    return np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(radius)))
