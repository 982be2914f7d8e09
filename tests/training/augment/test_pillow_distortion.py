import numpy as np
import pytest
from PIL import Image, ImageEnhance

from tests.training.augment.draws import draw, photo
from training.augment.pillow_distortion import pillow_distortion, shift_hue


@pytest.mark.parametrize("share", [0.05, -0.05, 0.0, 0.0213])
def test_hue_wraps_and_moves_by_whole_steps(share):
    image = Image.fromarray(photo())
    hue, saturation, value = np.moveaxis(np.asarray(image.convert("HSV")), -1, 0)
    hue = ((hue.astype(int) + int(share * 255)) % 256).astype("uint8")
    channels = [Image.fromarray(channel) for channel in (hue, saturation, value)]
    np.testing.assert_array_equal(shift_hue(image, share), Image.merge("HSV", channels).convert("RGB"))


def with_pillow(image, rng):
    early, *happens = rng.random(6) < 0.5
    amounts = rng.random(4) * (0.25, 1.0, 1.0, 0.1) + (0.875, 0.5, 0.5, -0.05)
    order = rng.permutation(3)
    image = Image.fromarray(image)
    if happens[0]:
        image = ImageEnhance.Brightness(image).enhance(amounts[0])
    if happens[1] and early:
        image = ImageEnhance.Contrast(image).enhance(amounts[1])
    if happens[2]:
        image = ImageEnhance.Color(image).enhance(amounts[2])
    if happens[3]:
        image = shift_hue(image, amounts[3])
    if happens[1] and not early:
        image = ImageEnhance.Contrast(image).enhance(amounts[1])
    return np.asarray(image)[..., order] if happens[4] else np.asarray(image)


def test_operations_and_their_order():
    image = photo(30, 31)
    results = draw(lambda rng: pillow_distortion(image, rng), 100)
    np.testing.assert_array_equal(results, draw(lambda rng: with_pillow(image, rng), 100))
    assert len({result.tobytes() for result in results}) > 80


def test_channels_have_all_six_orders():
    """Where the six changes leave the levels of a pixel apart, they show the order of the channels."""
    image = np.array([[[40, 120, 220]]], "uint8")
    orders = [tuple(result[0, 0].argsort()) for result in draw(lambda rng: pillow_distortion(image, rng), 300)]
    counts = {order: orders.count(order) for order in set(orders)}
    assert len(counts) == 6
    assert 130 < counts.pop((0, 1, 2)) < 220  # half of the images, and a sixth of the other half
    assert min(counts.values()) > 10
