"""Random changes of color for the detectors of the multi-head family, in OpenCV's 8-bit HSV."""

import numpy as np

from training.augment.opencv import cv2

CONTRAST = (0.5, 1.5)
BRIGHTNESS = (-51.0, 51.0)  # 0.2 of 255
SATURATION = (0.5, 1.5)
HUE = (-12.75, 12.75)  # 0.05 of 255, in steps of two degrees
LEVELS = np.arange(256)


def opencv_distortion(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Changes contrast, brightness, saturation, hue and the order of the channels, each with a probability of 0.5.

    Contrast multiplies the levels, and brightness adds to them. If contrast does not change before the hue, it changes
    after the hue with a probability of 0.5. The hue is clipped below 0 and does not wrap.

    Args:
        image: Uint8 array of shape `(height, width, 3)`, RGB, 0-255.
        rng: `np.random.Generator`.

    Returns:
        Uint8 array of the shape of `image`.
    """
    contrasted, brightened, saturated, turned, contrasted_late, permuted = rng.random(6) < 0.5
    contrast, brightness, saturation, hue = rng.uniform(*zip(CONTRAST, BRIGHTNESS, SATURATION, HUE))
    order = rng.permutation(3)
    if contrasted or brightened:
        image = _change_levels(image, contrast if contrasted else 1.0, brightness if brightened else 0.0)
    if saturated or turned:
        image = shift_hsv(image, saturation if saturated else 1.0, int(hue) if turned else 0)
    if contrasted_late and not contrasted:
        image = _change_levels(image, contrast, 0.0)
    if permuted:
        channels = cv2.split(image)
        image = cv2.merge([channels[channel] for channel in order])
    return image


def shift_hsv(image: np.ndarray, scale: float, shift: int) -> np.ndarray:
    """Multiplies the saturation and adds to the hue. Both are clipped to 0-255.

    Args:
        image: Uint8 array of shape `(height, width, 3)`, RGB, 0-255.
        scale: Float, factor of the saturation.
        shift: Integer, added to the hue, in steps of two degrees.

    Returns:
        Uint8 array of the shape of `image`.
    """
    tables = _as_levels(np.stack([LEVELS + shift, LEVELS * scale, LEVELS], axis=-1))[None]  # (1, 256, 3)
    hsv = cv2.LUT(cv2.cvtColor(image, cv2.COLOR_RGB2HSV), tables)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)


def _change_levels(image, factor, added):
    return cv2.LUT(image, _as_levels(LEVELS * factor + added))


def _as_levels(values):
    return np.clip(values, 0, 255).astype(np.uint8)
