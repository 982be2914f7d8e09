import colorsys

import numpy as np
import pytest

from tests.training.augment.draws import draw, photo
from training.augment.opencv_distortion import opencv_distortion, shift_hsv

RANDOM = np.random.default_rng(0).integers(0, 256, (30, 31, 3)).astype("uint8")
IMAGES = [photo(30, 31), photo(30, 31, "flower.jpg"), RANDOM, np.full((1, 1, 3), 77, "uint8")]


def shift_hsv_with_colorsys(image, scale, shift):
    """Hue of 180 steps, saturation and value of 255, all rounded to whole levels."""
    hsv = np.array([colorsys.rgb_to_hsv(*(pixel / 255)) for pixel in image.reshape(-1, 3)])
    hsv = np.round(hsv * [180, 255, 255])
    hue, saturation = np.clip(hsv[:, 0] + shift, 0, 255), np.floor(np.clip(hsv[:, 1] * scale, 0, 255))
    pixels = np.stack([hue / 180 % 1.0, saturation / 255, hsv[:, 2] / 255], axis=-1)
    return np.round(np.array([colorsys.hsv_to_rgb(*pixel) for pixel in pixels]) * 255).reshape(image.shape)


@pytest.mark.parametrize(("scale", "shift"), [(1.0, 0), (1.5, 12), (0.5, -12), (1.0, 7)])
@pytest.mark.parametrize("image", IMAGES, ids=["photo", "flower", "random", "gray"])
def test_shift_equals_the_standard_library(image, scale, shift):
    """A hue below 0 is clipped, a hue above the circle wraps."""
    difference = np.abs(shift_hsv(image, scale, shift) - shift_hsv_with_colorsys(image, scale, shift))
    assert np.mean(difference > 1) < 0.02  # halves of a step of hue or saturation


def with_numpy(image, rng):
    contrast, brightness, saturation, hue, late, permute = rng.random(6) < 0.5
    factor, added, scale, shift = 0.5 + rng.random(), -51 + 102 * rng.random(), 0.5 + rng.random(), rng.random()
    order = rng.permutation(3)
    result = image * (factor if contrast else 1.0) + (added if brightness else 0.0)
    result = np.clip(result, 0, 255).astype("uint8")
    if saturation or hue:
        result = shift_hsv(result, scale if saturation else 1.0, int(-12.75 + 25.5 * shift) if hue else 0)
    if late and not contrast:
        result = np.clip(result * factor, 0, 255).astype("uint8")
    return result[..., order] if permute else result


def test_operations_and_their_order():
    image = photo(20, 21)
    results = draw(lambda rng: opencv_distortion(image, rng), 60)
    np.testing.assert_array_equal(results, draw(lambda rng: with_numpy(image, rng), 60))
    assert len({result.tobytes() for result in results}) > 50
