import numpy as np
from PIL import Image

from tests.training.augment.draws import draw, photo
from training.augment import VOID
from training.augment.random_rotation import random_rotation


def test_equals_pillow():
    image, mask = photo(90, 121), np.random.default_rng(0).integers(0, 21, (90, 121)).astype("uint8")
    angles = draw(lambda rng: rng.uniform(-10, 10), 20)
    assert min(angles) < -8 < 8 < max(angles)
    for angle, (result, turned) in zip(angles, draw(lambda rng: random_rotation(image, mask, rng), 20)):
        np.testing.assert_array_equal(result, Image.fromarray(image).rotate(angle, Image.Resampling.BILINEAR))
        expected = Image.fromarray(mask).rotate(angle, Image.Resampling.NEAREST, fillcolor=VOID)
        np.testing.assert_array_equal(turned, expected)


def test_image_and_mask_turn_together():
    """A disc keeps its label wherever it goes; what comes from outside is void, and black."""
    rows, columns = np.mgrid[:64, :64]
    mask = ((rows - 20) ** 2 + (columns - 44) ** 2 < 64).astype("uint8")
    image = np.repeat(np.where(mask == 1, 200, 100).astype("uint8")[..., None], 3, axis=-1)
    for result, turned in draw(lambda rng: random_rotation(image, mask, rng, 40.0), 20):
        assert np.mean((result[..., 0] > 150) != (turned == 1)) < 0.005
        assert np.mean((result[..., 0] == 0) == (turned == VOID)) > 0.99
