"""Draws segmentations: a photo with colored classes and a legend."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

OPACITY = 0.6
BACKGROUND = "background"  # name of the class that shows the darkened photo instead of a color
LEGEND_WIDTH = 0.28  # as a fraction of the longer side of the photo
MAX_ROWS = 24


def draw_overlay(image: np.ndarray, classes: np.ndarray, names: Sequence[str], palette: np.ndarray) -> Image.Image:
    """Draws the colors of the classes on a photo, and a legend next to the photo.

    Args:
        image: Uint8 array of shape `(height, width, 3)`.
        classes: Integer array of shape `(height, width)`.
        names: Sequence of strings, names of the classes.
        palette: Uint8 array of shape `(number of classes, 3)`, RGB.

    Returns:
        `PIL.Image.Image`. White lines separate the classes. The legend is on the right and lists the classes, largest
        share first.
    """
    photo, colors = image.astype("float32"), palette[classes].astype("float32")
    blended = photo * (1 - OPACITY) + colors * OPACITY
    if BACKGROUND in names:
        behind = classes == list(names).index(BACKGROUND)
        blended[behind] = photo[behind] * OPACITY
    blended[borders(classes, thickness=max(image.shape[0], image.shape[1]) // 600 + 1)] = 255
    picture = Image.fromarray(np.round(blended).astype("uint8"))
    legend = draw_legend(class_shares(classes, names), names, palette, picture.size)
    whole = Image.new("RGB", (picture.width + legend.width, picture.height), "white")
    whole.paste(picture, (0, 0))
    whole.paste(legend, (picture.width, 0))
    return whole


def class_shares(classes: np.ndarray, names: Sequence[str]) -> list[tuple[int, float]]:
    """Returns a tuple `(class, share of the pixels)` for each class in the picture, largest share first."""
    counts = np.bincount(classes.ravel(), minlength=len(names))
    order = np.argsort(-counts, kind="stable")
    return [(int(label), float(counts[label] / classes.size)) for label in order if counts[label]]


def borders(classes: np.ndarray, thickness: int) -> np.ndarray:
    """Returns a mask of the pixels that have another class within `thickness` pixels below or to the right."""
    lines = np.zeros(classes.shape, bool)
    for step in range(1, thickness + 1):
        lines[:-step] |= classes[:-step] != classes[step:]
        lines[:, :-step] |= classes[:, :-step] != classes[:, step:]
    return lines


def draw_legend(
    shares: Sequence[tuple[int, float]], names: Sequence[str], palette: np.ndarray, picture_size: tuple[int, int]
) -> Image.Image:
    """Draws the color, name and share of the largest classes. The legend is as high as the picture."""
    width, height = int(max(picture_size) * LEGEND_WIDTH), picture_size[1]
    row = max(min(height // (MAX_ROWS + 1), width // 9), 8)
    legend = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(legend)
    font = ImageFont.load_default(size=row * 0.62)
    for index, (label, share) in enumerate(shares[: height // row]):
        top = index * row + row // 2
        box = (row // 2, top, row // 2 + row * 2 // 3, top + row * 2 // 3)
        draw.rectangle(box, fill=tuple(map(int, palette[label])), outline="black")
        draw.text((box[2] + row // 3, top + row // 3), names[label], fill="black", font=font, anchor="lm")
        draw.text((width - row // 3, top + row // 3), f"{share:.1%}", fill="black", font=font, anchor="rm")
    return legend
