import numpy as np
import pytest
from PIL import Image
from scipy import stats

from tests.training.augment.draws import draw, photo
from training.augment.random_short_side import random_short_side, sample_size


@pytest.mark.parametrize(("height", "width"), [(171, 230), (230, 171)])
def test_shorter_side_is_uniform(height, width):
    sizes = np.array(draw(lambda rng: sample_size(rng, height, width, (40, 43)), 400))
    shorter = sizes.min(axis=1)
    assert stats.chisquare(np.bincount(shorter - 40, minlength=4)).pvalue > 0.01  # both ends included
    np.testing.assert_array_equal(sizes.max(axis=1), shorter * 230 // 171)
    assert (sizes.argmin(axis=1) == int(width < height)).all()


def test_longer_side_has_a_limit():
    sizes = np.array(draw(lambda rng: sample_size(rng, 100, 400, (30, 80), 200), 300))
    assert sizes[:, 1].max() == 200
    assert np.mean(sizes[:, 1] == 200) > 0.5
    assert (sizes[sizes[:, 1] == 200, 0] == 50).all()
    assert sizes[:, 0].min() == 30


def test_no_side_vanishes():
    assert sample_size(np.random.default_rng(0), 1, 5000, (100, 100), 1000) == (1, 1000)


def test_image_and_mask_are_resized_to_the_same_size():
    image, mask = photo(), np.random.default_rng(0).integers(0, 9, (171, 230)).astype("uint8")
    how = {"interpolation": "bicubic", "antialias": True, "nearest": "centre"}
    result, resized = random_short_side(image, mask, np.random.default_rng(3), (60, 90), 110, **how)
    height, width = sample_size(np.random.default_rng(3), 171, 230, (60, 90), 110)
    expected = Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(result, expected)
    expected = Image.fromarray(mask).resize((width, height), Image.Resampling.NEAREST)
    np.testing.assert_array_equal(resized, expected)


def test_nothing_at_the_same_size():
    image, mask = photo(), np.zeros((171, 230), "uint8")
    result, same_mask = random_short_side(image, mask, np.random.default_rng(0), (171, 171), interpolation="bicubic")
    assert result is image
    assert same_mask is mask
