import numpy as np
from PIL import Image


def picture(path):
    """Returns the pixels of a PNG file, float64 of shape `(height, width, 3)`, 0-255."""
    with Image.open(path) as image:
        assert image.format == "PNG"
        return np.asarray(image.convert("RGB"), "float64")
