"""Converts picture files, encoded pictures, Pillow images and arrays to RGB arrays."""

import io
import os
import sys
from typing import Any

import numpy as np

from keras_mobilevitv3.array_types import FilePath
from keras_mobilevitv3.checks import check_path


def read_image(path: str | os.PathLike) -> np.ndarray:
    """Reads an image file with Pillow, upright and in RGB.

    The function applies the EXIF orientation, converts grayscale, palette and CMYK files to RGB, and drops
    transparency. Values of 16 bits per channel keep their upper 8 bits.

    Args:
        path: String or `os.PathLike`, an image file that Pillow can open.

    Returns:
        Uint8 NumPy array of shape `(height, width, 3)`, RGB, 0-255.

    Raises:
        FileNotFoundError: If the file does not exist.
        OSError: If the file is not a picture, is damaged, or has more pixels than Pillow allows.
        ValueError: If `path` is not a path, or the values have 32 bits.
        ImportError: If Pillow is not installed.
    """
    check_path("path", path)
    return _read(path, f"path={str(path)!r}", f"The image file {str(path)!r}")


def decode_image(contents: bytes) -> np.ndarray:
    """Decodes the contents of an image file as `read_image` does."""
    return _read(io.BytesIO(contents), f"{len(contents)} bytes", "The image file")


def _read(file, argument, noun):
    """Reads a file as `read_image` does. Error messages contain `argument` and `noun`."""
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        raise ImportError(
            "Reading image files needs Pillow. Install it with `pip install keras-mobilevitv3[images]`, or pass the "
            f"decoded image as an array. Received: {argument}"
        ) from error

    try:
        with Image.open(file) as image:
            return _from_pillow(image, argument)
    except (FileNotFoundError, UnidentifiedImageError):
        raise  # the message names the file
    except (OSError, SyntaxError, EOFError, Image.DecompressionBombError) as error:  # Pillow raises all four
        raise OSError(f"{noun} cannot be read: {error}") from error


def _from_pillow(image, argument):
    """Converts a Pillow image to an upright uint8 array of shape `(height, width, 3)`."""
    from PIL import ExifTags, ImageOps

    if image.getexif().get(ExifTags.Base.Orientation, 1) != 1:  # `exif_transpose` copies upright images too
        image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16"):  # Pillow's `convert` clips 16-bit values at 255
        return np.repeat((np.asarray(image) >> 8).astype("uint8")[..., None], 3, axis=-1)
    if image.mode in ("I", "F"):
        raise ValueError(
            f"Images must have 8 or 16 bits per channel. Received: {argument} with Pillow's mode {image.mode!r}"
        )
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))


def as_image(name: str, image: Any) -> np.ndarray:
    """Converts an image to an array, or reads an image file.

    Args:
        name: String, name of the image in error messages.
        image: Path of an image file, Pillow image, or array or tensor of shape `(height, width)` (gray) or
            `(height, width, channels)` with 1 (gray), 3 (RGB) or 4 channels (RGBA). Values are integers or floats
            0-255, or uint16. The function drops transparency and keeps the upper 8 bits of uint16 values.

    Returns:
        Uint8 NumPy array of shape `(height, width, 3)`.

    Raises:
        ValueError: If the image is invalid, or contains floats from 0 to 1 instead of pixel values 0-255.
        OSError: As in `read_image`.
    """
    if isinstance(image, (str, os.PathLike)):
        return read_image(image)
    if is_pillow(image):
        return _from_pillow(image, f"an image of size {image.size}")
    return _as_uint8(name, as_rgb(name, _as_numpy(image)))


def as_rgb(name: str, image: np.ndarray) -> np.ndarray:
    """Converts an array of shape `(height, width)` or `(height, width, channels)` to three channels.

    Raises `ValueError` unless the array has 1, 3 or 4 channels.
    """
    if image.ndim == 2:
        image = image[..., None]
    if image.ndim != 3 or image.shape[-1] not in (1, 3, 4) or 0 in image.shape:
        raise ValueError(
            f"{name} must be a path, an image of Pillow, or an array of shape (height, width) or (height, width, "
            f"channels) with 1, 3 or 4 channels. Received: an array of {image.dtype} and shape {image.shape}"
        )
    return np.repeat(image, 3, axis=-1) if image.shape[-1] == 1 else image[..., :3]


def _as_uint8(name, image):
    if image.dtype == np.uint8:
        return image
    if image.dtype == np.uint16:
        return without_lower_bits(image).astype("uint8")
    if image.dtype.kind not in "iuf":
        raise ValueError(f"{name} must hold numbers 0-255. Received: an array of {image.dtype}")
    lowest, highest = image.min(), image.max()
    if not (lowest >= 0 and highest <= 255):  # NaN also raises the error
        raise ValueError(f"{name} must hold pixel values 0-255. Received: values from {lowest:g} to {highest:g}")
    check_not_scaled(name, image)
    return np.floor(image.astype("float64") + 0.5).clip(0, 255).astype("uint8")


def without_lower_bits(image: np.ndarray) -> np.ndarray:
    """Returns the upper 8 bits of a uint16 array, or the array itself if all values are at most 255."""
    return image >> 8 if image.size and image.max() > 255 else image


def check_not_scaled(name: str, image: np.ndarray) -> None:
    """Raises `ValueError` if an array contains NaN, or floats that look scaled to 0-1 or to -1 to 1."""
    if image.dtype.kind != "f" or image.size == 0:
        return
    lowest, highest = float(image.min()), float(image.max())
    if np.isnan(highest):
        raise ValueError(f"{name} must hold pixel values 0-255. Received: NaN")
    if lowest >= -1 and highest <= 1 and np.any(image != np.floor(image)):
        raise ValueError(
            f"{name} must hold pixel values 0-255. Received: floats from {lowest:g} to {highest:g}, which look "
            "scaled: pass the values before the scaling"
        )


def is_pillow(image: Any) -> bool:
    """Returns whether an object is a Pillow image, without importing Pillow."""
    module = sys.modules.get("PIL.Image")
    return module is not None and isinstance(image, module.Image)


def _as_numpy(image):
    if isinstance(image, np.ndarray) or not hasattr(image, "shape"):
        return np.asarray(image)
    if hasattr(image, "detach"):  # a PyTorch tensor, possibly on a GPU
        image = image.detach().cpu()
    return np.asarray(image)


def image_sources(name: str, images: Any) -> tuple[list[Any], bool]:
    """Returns a list of the given images, without reading files.

    Args:
        name: String, name of the images in error messages.
        images: One image as in `as_image`, a list or tuple of such images, the path of a folder, or an array of shape
            `(batch, height, width, channels)`. A folder gives its picture files in the order of their names.

    Returns:
        Tuple of a list with items for `as_image`, and a boolean, whether `images` is a single image.

    Raises:
        ValueError: If `images` is invalid, or a folder contains no picture.
    """
    if isinstance(images, (str, os.PathLike)) and os.path.isdir(images):
        return pictures_in(images), False
    if isinstance(images, (list, tuple)):
        return list(images), False
    if isinstance(images, (str, os.PathLike)) or is_pillow(images):
        return [images], True
    if len(getattr(images, "shape", ())) == 4:
        return list(_as_numpy(images)), False
    if len(getattr(images, "shape", ())) in (2, 3):
        return [images], True
    raise ValueError(
        f"{name} must be an image or a list of images: paths of files, images of Pillow or arrays; a folder; or an "
        f"array of shape (batch, height, width, channels). Received: {type(images).__name__}"
    )


def pictures_in(folder: FilePath) -> list[str]:
    """Returns the sorted paths of the picture files in a folder.

    A picture file has a suffix that Pillow knows. The function skips names that begin with a period.

    Raises:
        ValueError: If the folder contains no picture file.
    """
    from PIL import Image

    suffixes = Image.registered_extensions()
    paths = sorted(
        os.path.join(folder, name)
        for name in os.listdir(folder)
        if os.path.splitext(name)[1].lower() in suffixes and not name.startswith(".")
    )
    if not paths:
        raise ValueError(f"A folder of images must hold at least one picture. Received: {str(folder)!r}")
    return paths
