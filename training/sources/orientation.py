"""Reads EXIF orientations of pictures and turns arrays by them."""

import numpy as np

from keras_mobilevitv3.array_types import FilePath

ORIENTATION = 0x0112  # number of the EXIF tag
INVERSE = {6: 8, 8: 6}  # each other orientation is its own inverse


def stored_form(path: FilePath) -> tuple[int, int, int]:
    """Returns the height, the width and the EXIF orientation of a picture file, without decoding its pixels.

    Args:
        path: String or `os.PathLike`.

    Returns:
        Tuple of the height and width of the stored pixels, and the orientation from 1 (upright) to 8.

    Raises:
        OSError: If the file is not a picture.
    """
    from PIL import Image

    with Image.open(path) as picture:
        orientation = picture.getexif().get(ORIENTATION, 1)
        return picture.height, picture.width, orientation if orientation in range(1, 9) else 1


def upright_size(path: FilePath) -> tuple[int, int]:
    """Returns the height and width of a picture file after it is turned by its EXIF orientation."""
    height, width, orientation = stored_form(path)
    return (width, height) if orientation >= 5 else (height, width)


def turn_upright(image: np.ndarray, orientation: int) -> np.ndarray:
    """Turns a uint8 array of shape `(height, width)` or `(height, width, 3)` by an EXIF orientation."""
    if orientation >= 5:
        image = image.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return np.ascontiguousarray(image)


def turn_back(image: np.ndarray, orientation: int) -> np.ndarray:
    """Undoes `turn_upright`."""
    return turn_upright(image, INVERSE.get(orientation, orientation))
