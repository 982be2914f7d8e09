"""Provides photographs for the comparison of an exported model with the Keras model."""

import importlib.util

import numpy as np

from keras_mobilevitv3.array_types import ImageSize
from keras_mobilevitv3.preprocessing import resize_image

SKLEARN_PHOTOS = ("china.jpg", "flower.jpg")
SKIMAGE_PHOTOS = ("astronaut", "chelsea", "coffee", "rocket")  # installed with the package


def sample_photographs(size: ImageSize) -> tuple[np.ndarray, str]:
    """Returns the photographs of scikit-learn and scikit-image, or patterns if neither package is installed.

    Args:
        size: Tuple `(height, width)`. The photographs are resized to this size.

    Returns:
        Tuple of a uint8 NumPy array of shape `(photographs, height, width, 3)`, RGB, 0-255, and a string that describes
        the images.
    """
    photos, packages = [], []
    if importlib.util.find_spec("sklearn") is not None:
        from sklearn.datasets import load_sample_image

        photos += [load_sample_image(name) for name in SKLEARN_PHOTOS]
        packages.append("scikit-learn")
    if importlib.util.find_spec("skimage") is not None:
        from skimage import data

        photos += [getattr(data, name)() for name in SKIMAGE_PHOTOS]
        packages.append("scikit-image")
    if not photos:
        return _patterns(size), "4 generated patterns (neither scikit-learn nor scikit-image is installed)"
    described = f"{len(photos)} photographs of {' and '.join(packages)}"
    return np.stack([resize_image(photo, size, antialias=True) for photo in photos]), described


def _patterns(size, count=4):
    """Returns colored waves with noise, a uint8 array of shape `(count, *size, 3)`."""
    rng = np.random.default_rng(0)
    rows, columns = np.meshgrid(*(np.linspace(0, 1, side) for side in size), indexing="ij")
    frequencies, phases = rng.uniform(1, 12, (2, count, 1, 1, 3)), rng.uniform(0, 2 * np.pi, (count, 1, 1, 3))
    waves = np.sin(frequencies[0] * rows[..., None] + frequencies[1] * columns[..., None] + phases)
    return np.clip(128 + 90 * waves + rng.normal(0, 12, (count, *size, 3)), 0, 255).astype("uint8")
