"""Reading an image file."""

import os

import numpy as np


def read_image(path):
    """Reads an image file as Pillow does, upright and in RGB.

    The EXIF orientation, if any, is applied. Grayscale, palette and CMYK files are converted to RGB, and transparency
    is dropped.

    Args:
        path: String or `os.PathLike`, an image file that Pillow can open.

    Returns:
        Uint8 NumPy array of shape `(height, width, 3)`, RGB, 0-255.
    """
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        raise ImportError(
            "Reading image files needs Pillow. Install it with `pip install keras-mobilevitv3[images]`, or pass the "
            f"decoded image as an array. Received: path={str(path)!r}"
        ) from error

    with Image.open(path) as image:
        if image.mode.startswith(("I", "F")):  # Pillow would cut these off at 255
            raise ValueError(
                "Image files must have 8 bits per channel. "
                f"Received: path={str(path)!r} with Pillow's mode {image.mode!r}"
            )
        return np.array(ImageOps.exif_transpose(image).convert("RGB"))


def as_image(name, image):
    """An argument that is an image, or the path of an image file, as an array.

    Args:
        name: String, what the error calls it.
        image: String or `os.PathLike`, or uint8 array of shape `(height, width, 3)`, RGB.

    Returns:
        Uint8 NumPy array of shape `(height, width, 3)`.

    Raises:
        ValueError: If it is not as stated.
    """
    if isinstance(image, (str, os.PathLike)):
        image = read_image(image)
    image = np.asarray(image)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(
            f"{name} must be a path, or a uint8 array of shape (height, width, 3). "
            f"Received: an array of {image.dtype} and shape {image.shape}"
        )
    return image
