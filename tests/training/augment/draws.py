"""Many draws of a random function, and real photographs."""

import importlib.util
from pathlib import Path

import numpy as np
from PIL import Image

# Found without importing scikit-learn, which takes two seconds.
PHOTOS = Path(importlib.util.find_spec("sklearn").origin).parent / "datasets/images"


def photo(height=171, width=230, name="china.jpg"):
    """The middle of a real photograph, uint8, with sky, shadows and small shapes."""
    image = np.asarray(Image.open(PHOTOS / name))
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    return np.ascontiguousarray(image[top : top + height, left : left + width])


def draw(function, count, seed=0):
    """List of the results of `function` for `count` random generators."""
    return [function(np.random.default_rng([seed, number])) for number in range(count)]
