"""Draws digits on crops of photographs."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image

PLACES_TRIED = 20
INK_LEVEL = 96  # level of the enlarged digits at which the mask ends
LUMA = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True)
class SceneStyle:
    """Settings of drawing.

    Args:
        digits: Pair of integers, least and greatest number of digits to place. A digit without room is left out.
            Defaults to `(1, 3)`.
        scale: Pair of floats, least and greatest height of a digit before its rotation, as a share of the height of the
            scene. Defaults to `(0.35, 0.7)`.
        rotation: Float, greatest angle of rotation in degrees. Defaults to `25.0`.
        contrast: Float, least difference of luma, 0-255, between ink and the photograph below. Defaults to `100.0`.
        opacity: Pair of floats, least and greatest opacity of the ink. Defaults to `(0.85, 1.0)`.
        max_covered: Float, largest share of a digit's ink that later digits may cover. Defaults to `0.1`.
        zoom: Float of at least 1, greatest enlargement of a photograph. Defaults to `1.0`.
        recolour: Boolean, whether photographs change their colors: the channels are in random order, each channel is
            brighter or darker, and half of the photographs are negatives. Defaults to `False`.
    """

    digits: tuple[int, int] = (1, 3)
    scale: tuple[float, float] = (0.35, 0.7)
    rotation: float = 25.0
    contrast: float = 100.0
    opacity: tuple[float, float] = (0.85, 1.0)
    max_covered: float = 0.1
    zoom: float = 1.0
    recolour: bool = False


class Scene(NamedTuple):
    """A scene and its digits.

    Attributes:
        image: Uint8 array of shape `(size, size, 3)`, RGB, 0-255.
        mask: Uint8 array of shape `(size, size)`: 0 background, `d + 1` ink of the digit `d`.
        boxes: Float32 array of shape `(count, 4)`, xyxy in pixels, tight around the visible ink of each digit.
        labels: Int32 array of shape `(count,)`, the digits.
        areas: Int32 array of shape `(count,)`, number of pixels of visible ink.
    """

    image: np.ndarray
    mask: np.ndarray
    boxes: np.ndarray
    labels: np.ndarray
    areas: np.ndarray


def render_scene(rng, size, photographs, digits, labels, style):
    """Draws a scene: digits at random scale, rotation and place. Later digits cover earlier digits.

    Args:
        rng: `np.random.Generator`. The scene depends only on this generator and the other arguments.
        size: Integer, height and width of the scene.
        photographs: Sequence of uint8 arrays of shape `(height, width, 3)`, RGB.
        digits: Uint8 array of shape `(count, height, width)`, ink on 0.
        labels: Integer array of shape `(count,)`.
        style: `SceneStyle`.

    Returns:
        `Scene`.
    """
    image = _crop_photograph(rng, photographs[rng.integers(len(photographs))], size, style.zoom)
    if style.recolour:
        image = _recolour(rng, image)
    image = image.astype("float32")
    owner = np.full((size, size), -1, "int16")  # number of the digit whose ink is on top
    drawn, inks = [], []
    for chosen in rng.integers(len(digits), size=rng.integers(style.digits[0], style.digits[1] + 1)):
        ink = _turn_digit(rng, digits[chosen], size, style)
        place = _find_place(rng, ink > 0.5, owner, inks, style.max_covered)
        if place is not None:
            part = np.s_[place[0] : place[0] + ink.shape[0], place[1] : place[1] + ink.shape[1]]
            image[part] = _paint(rng, image[part], ink, style)
            owner[part][ink > 0.5] = len(drawn)
            drawn.append(labels[chosen])
            inks.append(np.count_nonzero(ink > 0.5))
    return _describe(np.round(image).astype("uint8"), owner, np.array(drawn, "int32"))


def _crop_photograph(rng, photograph, size, zoom):
    """Returns a random square of a photograph, resized to `size`, and mirrored with a probability of 0.5."""
    longest = min(photograph.shape[:2])
    side = int(rng.integers(min(round(size / zoom), longest), longest + 1))
    top, left = (int(rng.integers(0, length - side + 1)) for length in photograph.shape[:2])
    crop = Image.fromarray(photograph[top : top + side, left : left + side])
    crop = np.asarray(crop.resize((size, size), Image.Resampling.BILINEAR))
    return crop[:, ::-1] if rng.random() < 0.5 else crop


def _recolour(rng, image):
    """Returns an image with its channels in random order and changed levels, and half of the time its negative."""
    exponents = np.exp(rng.uniform(-0.7, 0.7, 3))
    levels = np.round(255.0 * (np.arange(256)[:, None] / 255.0) ** exponents).astype("uint8")  # (256, 3)
    if rng.random() < 0.5:
        levels = 255 - levels
    return np.stack([levels[image[..., old], new] for new, old in enumerate(rng.permutation(3))], axis=-1)


def _turn_digit(rng, digit, size, style):
    """Returns the ink of a digit at random scale and rotation, float32 in [0, 1], cropped to the ink."""
    side = round(size * np.exp(rng.uniform(*np.log(style.scale))))
    picture = Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)
    turned = picture.rotate(rng.uniform(-style.rotation, style.rotation), Image.Resampling.BICUBIC, expand=True)
    # Levels change by up to 255 from one of the 8x8 original pixels to the next. So the border is one pixel wide.
    steepness = side / 8 / 255
    ink = np.clip((np.asarray(turned, "float32") - INK_LEVEL) * steepness + 0.5, 0.0, 1.0)
    rows, columns = (np.flatnonzero((ink > 0.5).any(axis=axis)) for axis in (1, 0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1][:size, :size]


def _find_place(rng, inked, owner, inks, max_covered):
    """Returns a random corner (top, left) at which no earlier digit loses too much of its ink, or `None`."""
    visible = np.bincount(owner[owner >= 0], minlength=len(inks))
    room = np.array(owner.shape) - inked.shape + 1
    for _ in range(PLACES_TRIED):
        top, left = rng.integers(0, room).tolist()
        below = owner[top : top + inked.shape[0], left : left + inked.shape[1]][inked]
        covered = np.bincount(below[below >= 0], minlength=len(inks))
        if np.all(visible - covered >= (1.0 - max_covered) * np.array(inks)):
            return top, left
    return None


def _paint(rng, below, ink, style):
    """Paints ink over a part of a picture, in a random color that differs enough from the part."""
    colour = rng.uniform(0.0, 255.0, 3)
    ground = (below @ LUMA)[ink > 0.5].mean()
    wanted = ground + style.contrast if ground < 127.5 else ground - style.contrast
    missing = wanted - colour @ LUMA if ground < 127.5 else colour @ LUMA - wanted
    if abs(colour @ LUMA - ground) < style.contrast and missing > 0:  # moves towards white or black
        end = 255.0 if ground < 127.5 else 0.0
        colour += (end - colour) * missing / abs(end - colour @ LUMA)
    alpha = ink[..., None] * rng.uniform(*style.opacity)
    return below + alpha * (colour - below)


def _describe(image, owner, labels):
    """Returns the `Scene` of an image. `owner` has the number of the digit of each pixel."""
    mask = np.where(owner >= 0, labels[np.maximum(owner, 0)] + 1, 0).astype("uint8")
    boxes, areas = np.empty((len(labels), 4), "float32"), np.empty(len(labels), "int32")
    for number in range(len(labels)):
        rows, columns = np.nonzero(owner == number)
        boxes[number] = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        areas[number] = len(rows)
    return Scene(image, mask, boxes, labels, areas)
