import numpy as np
import tensorflow as tf
from PIL import Image, ImageEnhance

from tests.training.augment.draws import draw, photo
from training.augment.pillow_distortion import permute_channels, pillow_distortion


def drawn(number):
    """What the seed `(0, number)` decides: six booleans, four amounts and the order of the channels."""
    seeds = tf.random.split(tf.constant([0, number], tf.int64), 6)
    happens = (tf.random.stateless_uniform([6], seeds[0]) < 0.5).numpy()
    limits = ((0.875, 1.125), (0.5, 1.5), (0.5, 1.5), (-0.05, 0.05))
    amounts = [float(tf.random.stateless_uniform([], seed, *limit)) for seed, limit in zip(seeds[1:], limits)]
    return happens, amounts, tf.random.experimental.stateless_shuffle(tf.range(3), seeds[5]).numpy()


def shifted_hue(image, share):
    hue, saturation, value = image.convert("HSV").split()
    hue = Image.fromarray(((np.asarray(hue).astype(int) + int(share * 255)) % 256).astype("uint8"))
    return Image.merge("HSV", (hue, saturation, value)).convert("RGB")


def with_pillow(image, number):
    (early, *happens), amounts, order = drawn(number)
    image = Image.fromarray(image)
    if happens[0]:
        image = ImageEnhance.Brightness(image).enhance(amounts[0])
    if happens[1] and early:
        image = ImageEnhance.Contrast(image).enhance(amounts[1])
    if happens[2]:
        image = ImageEnhance.Color(image).enhance(amounts[2])
    if happens[3]:
        image = shifted_hue(image, amounts[3])
    if happens[1] and not early:
        image = ImageEnhance.Contrast(image).enhance(amounts[1])
    return np.asarray(image)[..., order] if happens[4] else np.asarray(image)


def test_equals_pillow():
    image = photo(60, 71)
    for number, result in enumerate(draw(lambda seed: pillow_distortion(image, seed), 30)):
        difference = np.abs(result.astype(int) - with_pillow(image, number))
        assert np.mean(difference > 1) < 0.002
        assert np.mean(difference) < 0.02


def test_contrast_comes_early_in_a_quarter_and_late_in_a_quarter():
    happens = draw(lambda seed: tf.random.stateless_uniform([6], tf.random.split(seed, 6)[0]) < 0.5, 4000)
    early, late = happens[:, 0] & happens[:, 2], ~happens[:, 0] & happens[:, 2]
    assert abs(early.mean() - 0.25) < 0.03
    assert abs(late.mean() - 0.25) < 0.03


def test_channels_have_all_six_orders():
    image = np.arange(3, dtype="uint8").reshape(1, 1, 3)
    orders = draw(lambda seed: permute_channels(image, seed, tf.constant(True)), 600).reshape(-1, 3)
    counts = np.unique(orders, axis=0, return_counts=True)[1]
    assert len(counts) == 6
    assert counts.min() > 70
