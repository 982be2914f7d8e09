"""Draws detections on pictures with Pillow. `keras.visualization.draw_bounding_boxes` needs OpenCV."""

from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw, ImageFont

from keras_mobilevitv3.array_types import Tensor
from keras_mobilevitv3.preprocessing import segmentation_palette

COLORS = 20  # number of colors that are easy to tell apart; class 20 has the color of class 0, and so on
MIN_FONT_SIZE = 10


def draw_detections(image: Tensor, detections: Mapping[str, Tensor], names: Sequence[str]) -> Image.Image:
    """Draws boxes with class names and scores, the best boxes on top.

    Args:
        image: Uint8 NumPy array of shape `(height, width, 3)`.
        detections: Dict of `predict_detections`.
        names: Sequence of strings, names of the classes.

    Returns:
        `PIL.Image.Image` of the size of the photo.
    """
    picture = Image.fromarray(image)
    draw = ImageDraw.Draw(picture)
    side = max(picture.size)
    line, font = max(side // 300, 2), ImageFont.load_default(size=max(side // 40, MIN_FONT_SIZE))
    colors = segmentation_palette(COLORS + 1)[1:]  # the first color is black
    order = detections["confidence"].argsort(kind="stable")
    for box, label, score in zip(*(detections[key][order] for key in ("boxes", "labels", "confidence"))):
        color = tuple(map(int, colors[label % COLORS]))
        left, top, right, bottom = (float(side) for side in box)
        draw.rectangle((left, top, right, bottom), outline=color, width=line)
        _draw_tag(draw, (left, top), f"{names[label]} {score:.0%}", font, color, picture.size)
    return picture


def _draw_tag(draw, corner, text, font, color, size):
    """Draws a text on a colored background above `corner`, or below `corner` at the upper border of the picture."""
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    width, height = right + 4, bottom + 2
    x = min(max(corner[0], 0), max(size[0] - width, 0))
    y = corner[1] - height if corner[1] >= height else corner[1]
    draw.rectangle((x, y, x + width, y + height), fill=color)
    bright = sum(weight * part for weight, part in zip((0.299, 0.587, 0.114), color)) > 140
    draw.text((x + 2, y), text, fill="black" if bright else "white", font=font)
