"""Decodes files of masks to labels."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from training.augment import VOID
from training.sources.source import UnreadableSampleError

MASK_SUFFIXES = (".png", ".bmp", ".tif", ".tiff", ".gif", ".pgm", ".ppm", ".tga")
GRAY_LEVELS_APART = {"L;2": 85, "L;4": 17}  # Pillow stretches 2 and 4 bits to 0-255


def decode_mask(
    file: Any,
    name: str,
    num_classes: int,
    colors: Mapping[tuple[int, int, int], int] | None = None,
    zero_is_void: bool = False,
    red: bool = False,
) -> np.ndarray:
    """Decodes a mask: the numbers of a palette image, the levels of a grayscale image, or the colors of a table.

    Without `colors`, the numbers of a palette image are the labels, whatever colors the palette has. There is one
    exception: some tools write grayscale files with a gray palette to make the files smaller. If such a palette maps
    the numbers to other labels, the labels of the palette count.

    Args:
        file: Path or binary file.
        name: String, name of the file for messages.
        num_classes: Integer, number of classes.
        colors: Dict from RGB colors to labels, or `None` if the files contain labels. Defaults to `None`.
        zero_is_void: Boolean, whether 0 stands for pixels without a label and labels start at 1, as in ADE20K. Defaults
            to `False`.
        red: Boolean, whether the red channel of an RGB file contains the labels. Defaults to `False`.

    Returns:
        Uint8 array of shape `(height, width)`, upright by the EXIF orientation of the file. The values are labels from
        0, and 255 for pixels without a label.

    Raises:
        UnreadableSampleError: If the file is damaged or a JPEG file, or has other labels or colors.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(file) as image:
            if "jpeg" in (image.format or "").lower() or image.info.get("compression") == "jpeg":
                raise UnreadableSampleError(
                    f"{name!r}: a mask must be a PNG or another lossless file, because JPEG changes labels."
                )
            apart = GRAY_LEVELS_APART.get(image.tile[0][3] if image.tile else None, 1)
            values = _values(ImageOps.exif_transpose(image), name, num_classes, colors, red)
    except UnreadableSampleError:
        raise
    except (OSError, SyntaxError, EOFError, ValueError, Image.DecompressionBombError) as error:
        raise UnreadableSampleError(f"The mask {name!r} cannot be read: {error}") from error
    if apart > 1 and not colors:
        values = values // apart
    return _check_labels(values, name, num_classes, zero_is_void)


def _values(image, name, num_classes, colors, red):
    """Returns the numbers of the pixels of a file, an integer array, or the labels of their colors."""
    if image.mode == "P":
        return _palette_values(image, name, num_classes, colors)
    if image.mode in ("1", "L", "LA") or image.mode.startswith("I"):
        values = np.asarray(image.convert("L") if image.mode == "1" and colors else image).astype("int64")
        values = values[..., 0] if values.ndim == 3 else values
        if colors and all(len(set(color)) == 1 for color in colors):
            return _labels_of_colors(np.repeat(values[..., None], 3, axis=-1), name, colors)
        return values
    if image.mode not in ("RGB", "RGBA"):
        raise UnreadableSampleError(f"{name!r}: a mask must be a palette, grayscale or RGB image, not {image.mode}.")
    pixels = np.asarray(image)[..., :3]
    if colors:
        return _labels_of_colors(pixels, name, colors)
    if red or (pixels == pixels[..., :1]).all():
        return pixels[..., 0]
    raise UnreadableSampleError(
        f"{name!r}: a mask must have labels, not colors. Use a palette or grayscale image, or list the colors in the "
        "file of class names, as lines `name r g b`."
    )


def _palette_values(image, name, num_classes, colors):
    numbers = np.asarray(image)
    palette = np.array(image.getpalette("RGB") or [], "uint8").reshape(-1, 3)
    palette = np.concatenate([palette, np.zeros((256 - len(palette), 3), "uint8")])
    if colors:
        return _labels_of_colors(palette[numbers], name, colors)
    used = np.unique(numbers)
    levels = palette[used]
    is_gray = (levels == levels[:, :1]).all() and len(np.unique(levels[:, 0])) == len(used) > 1
    if is_gray and ((levels[:, 0] < num_classes) | (levels[:, 0] == VOID)).all():
        return palette[numbers, 0]
    return numbers


def _labels_of_colors(pixels, name, colors):
    codes = pixels.astype("int64") @ np.array([1 << 16, 1 << 8, 1])
    found, places = np.unique(codes, return_inverse=True)
    table = {(r << 16) + (g << 8) + b: label for (r, g, b), label in colors.items()}
    unknown = [(code >> 16, code >> 8 & 255, code & 255) for code in found.tolist() if code not in table]
    if unknown:
        raise UnreadableSampleError(
            f"A mask must have the colors of the file of class names. Received: {name!r} with {len(unknown)} others, "
            f"such as {unknown[0]}"
        )
    return np.array([table[code] for code in found.tolist()])[places].reshape(codes.shape)


def _check_labels(values, name, num_classes, zero_is_void):
    """Returns values as uint8 labels from 0. Raises an error for values other than labels and `VOID`."""
    labels = np.where(values == 0, VOID, values.astype("int64") - 1) if zero_is_void else values
    wrong = labels[(labels >= num_classes) & (labels != VOID) | (labels < 0)]
    if wrong.size:
        first = int(wrong.max()) + zero_is_void
        lowest = int(zero_is_void)
        raise UnreadableSampleError(
            f"A mask must have labels from {lowest} to {num_classes - 1 + lowest}, those of {num_classes} classes (the "
            f"background is one), or {VOID} for none. Received: {name!r} with the value {first}"
        )
    return labels.astype("uint8")
