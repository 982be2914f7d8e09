import numpy as np
import pytest
from PIL import Image

from tests.training.augment.draws import photo
from training.augment.resize import resize, resize_nearest

SIZES = [(57, 61), (128, 99), (300, 310), (171, 230)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_antialiased_equals_pillow(interpolation, size):
    image = photo()
    filters = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
    expected = np.asarray(Image.fromarray(image).resize(size[::-1], filters[interpolation]))
    result = resize(image, size, interpolation, antialias=True)
    assert result.dtype == "uint8"
    difference = np.abs(result.numpy().astype(int) - expected)
    assert difference.max() <= 2
    assert np.mean(difference > 1) < 1e-4
    assert np.mean(difference > 0) < 0.01


@pytest.mark.parametrize("size", SIZES)
def test_bilinear_equals_numpy(size):
    image = photo()

    def weights(length, new_length):
        position = np.clip((np.arange(new_length) + 0.5) * length / new_length - 0.5, 0, length - 1)
        return np.maximum(1 - np.abs(position[:, None] - np.arange(length)), 0)

    rows, columns = weights(171, size[0]), weights(230, size[1])
    expected = np.floor(np.einsum("ij,jkc,lk->ilc", rows, image.astype(float), columns, optimize=True) + 0.5)
    assert np.abs(resize(image, size).numpy() - expected).max() <= 1


def test_float_images_and_overshoot():
    image = np.where(photo() > 127, 255.0, 0.0).astype("float32")
    result = resize(image, (300, 300), "bicubic", antialias=True).numpy()
    assert (result.dtype, result.min(), result.max()) == (np.uint8, 0, 255)


@pytest.mark.parametrize("size", SIZES)
def test_nearest_of_both_rules(size):
    mask = np.random.default_rng(0).integers(0, 256, (171, 230)).astype("uint8")
    rows, columns = (np.arange(new) * old // new for new, old in zip(size, mask.shape))
    np.testing.assert_array_equal(resize_nearest(mask, size), mask[rows][:, columns])
    expected = np.asarray(Image.fromarray(mask).resize(size[::-1], Image.Resampling.NEAREST))
    between = [(2 * np.arange(new) + 1) * old % (2 * new) == 0 for new, old in zip(size, mask.shape)]
    same = resize_nearest(mask, size, "centre").numpy() == expected
    assert same[~between[0]][:, ~between[1]].all()  # but for places on the border of two pixels


def test_nearest_rules_differ():
    """Of four pixels each, the first one and the one beyond the middle."""
    mask = np.arange(16).reshape(4, 4)
    assert resize_nearest(mask, (1, 1)).numpy().tolist() == [[0]]
    assert resize_nearest(mask, (1, 1), "centre").numpy().tolist() == [[10]]
