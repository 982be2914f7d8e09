import numpy as np
import pytest
from PIL import Image

from tests.training.augment.draws import photo
from training.augment.pillow_hue import hsv_to_rgb, rgb_to_hsv, shift_hue

RANDOM = np.random.default_rng(0).integers(0, 256, (300, 301, 3)).astype("uint8")
GRAY = np.repeat(np.arange(256, dtype="uint8")[:, None, None], 3, axis=-1)


@pytest.mark.parametrize("image", [photo(), photo(name="flower.jpg"), RANDOM, GRAY], ids=list("pfrg"))
def test_there_and_back_equal_pillow(image):
    hsv = np.stack(rgb_to_hsv(image), axis=-1)
    expected = np.asarray(Image.fromarray(image).convert("HSV"))
    assert np.mean(hsv != expected) < 1e-4  # in single precision a hue may fall on the other side of a step
    expected = np.asarray(Image.fromarray(expected, "HSV").convert("RGB"))
    difference = np.abs(hsv_to_rgb(*np.moveaxis(hsv, -1, 0)).numpy().astype(int) - expected)
    assert np.mean(difference > 0) < 0.001


@pytest.mark.parametrize("share", [0.05, -0.05, 0.0, 0.0213])
def test_shifted_hue(share):
    """Hue wraps around, the shift is cut off to whole steps."""
    hue, saturation, value = Image.fromarray(photo()).convert("HSV").split()
    hue = Image.fromarray(((np.asarray(hue).astype(int) + int(share * 255)) % 256).astype("uint8"))
    expected = np.asarray(Image.merge("HSV", (hue, saturation, value)).convert("RGB"))
    assert np.mean(shift_hue(photo(), share).numpy() != expected) < 0.001
