import numpy as np
import pytest
from PIL import Image
from scipy import stats

from tests.training.augment.draws import draw, photo
from training.augment.random_short_side import random_short_side, sample_size


@pytest.mark.parametrize(("height", "width"), [(171, 230), (230, 171)])
def test_shorter_side_is_uniform(height, width):
    sizes = draw(lambda seed: sample_size(seed, height, width, (40, 43)), 2000)
    shorter = sizes.min(axis=1)
    assert stats.chisquare(np.bincount(shorter - 40, minlength=4)).pvalue > 0.001  # both ends included
    np.testing.assert_array_equal(sizes.max(axis=1), shorter * 230 // 171)
    assert (sizes.argmin(axis=1) == int(width < height)).all()


def test_longer_side_has_a_limit():
    sizes = draw(lambda seed: sample_size(seed, 100, 400, (30, 80), 200), 500)
    np.testing.assert_array_equal(sizes[:, 1] <= 200, True)
    assert np.mean(sizes[:, 1] == 200) > 0.5
    assert (sizes[sizes[:, 1] == 200, 0] == 50).all()
    assert sizes[:, 0].min() == 30


def test_image_and_mask_are_resized_to_the_same_size():
    image, mask = photo(), np.random.default_rng(0).integers(0, 9, (171, 230)).astype("uint8")
    how = {"interpolation": "bicubic", "antialias": True, "nearest": "centre"}
    result, resized = random_short_side(image, mask, (0, 3), (60, 90), 110, **how)
    size = sample_size((0, 3), 171, 230, (60, 90), 110).numpy()
    assert result.shape[:2] == resized.shape == tuple(size)
    expected = Image.fromarray(image).resize(size[::-1].tolist(), Image.Resampling.BICUBIC)
    assert np.abs(result.numpy().astype(int) - np.asarray(expected)).max() <= 2
    expected = Image.fromarray(mask).resize(size[::-1].tolist(), Image.Resampling.NEAREST)
    np.testing.assert_array_equal(resized, expected)


def test_nothing_at_the_same_size():
    image, mask = photo(), np.zeros((171, 230), "uint8")
    result, _ = random_short_side(image, mask, (0, 0), (171, 171), interpolation="bicubic")
    np.testing.assert_array_equal(result, image)
