import numpy as np
import tensorflow as tf
from PIL import Image

from tests.training.augment.draws import draw, photo
from training.augment import VOID
from training.augment.random_rotation import random_rotation


def angles(count, greatest=10.0):
    return draw(lambda seed: tf.random.stateless_uniform([], seed, -greatest, greatest, tf.float64), count)


def test_equals_pillow():
    image, mask = photo(90, 121), np.random.default_rng(0).integers(0, 21, (90, 121)).astype("uint8")
    images, masks = draw(lambda seed: random_rotation(image, mask, seed), 8)
    for angle, result, turned in zip(angles(8), images, masks):
        expected = Image.fromarray(image).rotate(angle, Image.Resampling.BILINEAR)
        difference = np.abs(result.astype(int) - np.asarray(expected))
        assert difference.max() <= 1
        assert np.mean(difference > 0) < 0.005
        expected = Image.fromarray(mask).rotate(angle, Image.Resampling.NEAREST, fillcolor=VOID)
        assert np.mean(turned != np.asarray(expected)) < 0.002  # Pillow's angles are those of fixed point


def test_image_and_mask_turn_together():
    """A disc keeps its label wherever it goes; what comes from outside is void, and black."""
    rows, columns = np.mgrid[:64, :64]
    mask = ((rows - 20) ** 2 + (columns - 44) ** 2 < 64).astype("uint8")
    image = np.repeat(np.where(mask == 1, 200, 100).astype("uint8")[..., None], 3, axis=-1)
    images, masks = draw(lambda seed: random_rotation(image, mask, seed, 40.0), 20)
    for result, turned in zip(images[..., 0], masks):
        assert np.mean((result > 150) != (turned == 1)) < 0.005
        assert np.mean((result == 0) == (turned == VOID)) > 0.99
    assert angles(500, 40.0).min() < -38 < 38 < angles(500, 40.0).max()
