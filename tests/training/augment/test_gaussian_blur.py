import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageFilter

from tests.training.augment.draws import draw, photo
from training.augment.gaussian_blur import gaussian_blur, random_gaussian_blur


@pytest.mark.parametrize("radius", [0.0512, 0.3141, 0.7713, 0.9871, 1.3979])
def test_equals_pillow(radius):
    for image in (photo(), photo(3, 50), np.random.default_rng(0).integers(0, 256, (40, 41, 3)).astype("uint8")):
        expected = np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(radius)))
        difference = np.abs(gaussian_blur(image, radius).numpy().astype(int) - expected)
        assert difference.max() <= 1
        assert np.mean(difference > 0) < 0.001


def test_radius_and_probability():
    image = photo(16, 17)
    results = draw(lambda seed: random_gaussian_blur(image, seed, 0.5), 200)
    blurred = [np.any(result != image) for result in results]
    assert 70 < sum(blurred) < 130
    seeds = tf.random.split(tf.constant([0, int(np.flatnonzero(blurred)[0])], tf.int64), 2)
    radius = tf.random.stateless_uniform([], seeds[1], 0.0, 1.0)
    np.testing.assert_array_equal(results[np.flatnonzero(blurred)[0]], gaussian_blur(image, radius))
