"""Random changes of color for the separable family, with Pillow."""

import numpy as np
from PIL import Image, ImageEnhance

BRIGHTNESS = (0.875, 1.125)
CONTRAST = (0.5, 1.5)
SATURATION = (0.5, 1.5)
HUE = (-0.05, 0.05)


def pillow_distortion(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Changes brightness, contrast, saturation, hue and the order of the channels, each with a probability of 0.5.

    Contrast changes after the brightness in a quarter of all cases, and after the hue in another quarter.

    Args:
        image: Uint8 array of shape `(height, width, 3)`, RGB, 0-255.
        rng: `np.random.Generator`.

    Returns:
        Uint8 array of the shape of `image`.
    """
    contrast_early, brightened, contrasted, saturated, turned, permuted = rng.random(6) < 0.5
    brightness, contrast, saturation, hue = rng.uniform(*zip(BRIGHTNESS, CONTRAST, SATURATION, HUE))
    order = rng.permutation(3)
    picture = Image.fromarray(image)
    if brightened:
        picture = ImageEnhance.Brightness(picture).enhance(brightness)
    if contrasted and contrast_early:
        picture = ImageEnhance.Contrast(picture).enhance(contrast)
    if saturated:
        picture = ImageEnhance.Color(picture).enhance(saturation)
    if turned:
        picture = shift_hue(picture, hue)
    if contrasted and not contrast_early:
        picture = ImageEnhance.Contrast(picture).enhance(contrast)
    if permuted:
        channels = picture.split()
        picture = Image.merge("RGB", [channels[channel] for channel in order])
    return np.asarray(picture)


def shift_hue(picture: Image.Image, share: float) -> Image.Image:
    """Turns the hue by a share of the circle, rounded toward 0 to a multiple of 1/255.

    Args:
        picture: Pillow image of mode `"RGB"`.
        share: Float in [-0.5, 0.5].

    Returns:
        Pillow image of mode `"RGB"`.
    """
    hue, saturation, value = picture.convert("HSV").split()
    hue = hue.point([(level + int(share * 255)) % 256 for level in range(256)])
    return Image.merge("HSV", (hue, saturation, value)).convert("RGB")
