import colorsys

import numpy as np
import pytest
import tensorflow as tf

from tests.training.augment.draws import draw, photo
from training.augment.opencv_distortion import hsv_to_rgb, opencv_distortion, rgb_to_hsv, shift_hsv

RANDOM = np.random.default_rng(0).integers(0, 256, (30, 31, 3)).astype("uint8")
IMAGES = [photo(30, 31), photo(30, 31, "flower.jpg"), RANDOM, np.full((2, 2, 3), 77, "uint8")]


def rgb_to_hsv_reference(image):
    """Hue of 180 steps, saturation and value of 255, by the standard library, rounded."""
    hsv = np.array([colorsys.rgb_to_hsv(*(pixel / 255)) for pixel in image.reshape(-1, 3)])
    return np.round(hsv * [180, 255, 255]).reshape(image.shape)


def hsv_to_rgb_reference(hsv):
    pixels = hsv.reshape(-1, 3) / [180, 255, 255]
    return np.round(np.array([colorsys.hsv_to_rgb(h % 1.0, s, v) for h, s, v in pixels]) * 255).reshape(hsv.shape)


@pytest.mark.parametrize("image", IMAGES, ids=list("pfrg"))
def test_there_and_back_equal_the_standard_library(image):
    hsv = np.stack(rgb_to_hsv(image), axis=-1)
    expected = rgb_to_hsv_reference(image)
    difference = np.abs(hsv - expected)
    assert np.minimum(difference, np.abs(difference - [180, 999, 999])).max() <= 1  # halves, and the end of the circle
    assert np.mean(difference > 0) < 0.02
    assert hsv[..., 0].max() <= 180
    back = hsv_to_rgb(*np.moveaxis(hsv, -1, 0)).numpy().astype(int)
    assert np.abs(back - hsv_to_rgb_reference(hsv)).max() <= 1
    assert np.abs(back - image).max() <= 8  # of hue there are 180 steps only


@pytest.mark.parametrize(("scale", "shift"), [(1.5, 12), (0.5, -12), (1.0, 7)])
def test_hue_is_cut_off_below_and_passes_the_circle_above(scale, shift):
    image = photo(40, 41, "flower.jpg")
    hsv = np.stack(rgb_to_hsv(image), axis=-1).astype(float)
    hsv[..., 0] = np.clip(hsv[..., 0] + shift, 0, 255)
    hsv[..., 1] = np.floor(np.clip(hsv[..., 1] * scale, 0, 255))
    assert shift > 0 or np.any(hsv[..., 0] == 0)
    difference = np.abs(shift_hsv(image, scale, shift).numpy() - hsv_to_rgb_reference(hsv))
    assert difference.max() <= 1
    assert np.mean(difference > 0) < 0.02


def with_numpy(image, number):
    seeds = tf.random.split(tf.constant([0, number], tf.int64), 2)
    contrast, brightness, saturation, hue, late, permute = (tf.random.stateless_uniform([6], seeds[0]) < 0.5).numpy()
    amounts = tf.random.stateless_uniform([4], seeds[1]).numpy()
    factor, added = 0.5 + amounts[0], -51 + 102 * amounts[1]
    result = image * (factor if contrast else 1.0) + (added if brightness else 0.0)
    result = np.clip(result, 0, 255).astype("uint8")
    if saturation or hue:
        hsv = np.stack(rgb_to_hsv(result), axis=-1).astype(float)
        hsv[..., 1] = np.floor(np.clip(hsv[..., 1] * (0.5 + amounts[2] if saturation else 1.0), 0, 255))
        hsv[..., 0] = np.clip(hsv[..., 0] + (int(-12.75 + 25.5 * amounts[3]) if hue else 0), 0, 255)
        result = hsv_to_rgb_reference(hsv)
    if late and not contrast:
        result = np.clip(result * factor, 0, 255).astype("uint8")
    if permute:
        seed = tf.random.fold_in(seeds[1], 1)
        result = result[..., tf.random.experimental.stateless_shuffle(tf.range(3), seed).numpy()]
    return result


def test_operations_and_their_order():
    image = photo(20, 21)
    results = draw(lambda seed: opencv_distortion(image, seed), 40)
    for number, result in enumerate(results):
        difference = np.abs(result.astype(int) - with_numpy(image, number))
        assert difference.max() <= 2
        assert difference.mean() < 0.1
    assert len({result.tobytes() for result in results}) > 35
