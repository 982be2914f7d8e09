import cv2
import numpy as np
import pytest
from PIL import Image

from tests.training.augment.draws import photo
from training.augment.resize import resize, resize_nearest

SIZES = [(57, 61), (128, 99), (300, 310), (171, 230), (1, 1)]
FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("interpolation", FILTERS)
def test_antialiased_is_pillow(interpolation, size):
    image = photo()
    expected = Image.fromarray(image).resize(size[::-1], FILTERS[interpolation])
    np.testing.assert_array_equal(resize(image, size, interpolation, antialias=True), expected)


def matrix(length, size, kernel):
    """Weights `(size, length)` of the pixels of an axis, without antialias."""
    distance = (np.arange(size)[:, None] + 0.5) * length / size - 0.5 - np.arange(length)
    weights = kernel(np.abs(distance))
    return weights / weights.sum(axis=1, keepdims=True)


def linear(x):
    return np.maximum(1 - x, 0)


def cubic(x):
    """Keys' kernel with `a = -0.5`."""
    return np.where(x < 1, 1.5 * x**3 - 2.5 * x**2 + 1, np.where(x < 2, -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2, 0))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("interpolation", "kernel"), [("bilinear", linear), ("bicubic", cubic)])
def test_without_antialias_equals_numpy(interpolation, kernel, size):
    image = photo()
    rows, columns = matrix(171, size[0], kernel), matrix(230, size[1], kernel)
    expected = np.einsum("ij,jkc,lk->ilc", rows, image.astype(float), columns, optimize=True)
    result = resize(image, size, interpolation)
    assert result.dtype == "uint8"
    assert np.abs(result - np.clip(expected, 0, 255)).max() <= 1


@pytest.mark.parametrize("antialias", [True, False])
@pytest.mark.parametrize("shape", [(240, 1), (1, 240), (1, 1), (40000, 1)])
def test_thin_images(shape, antialias):
    image = np.full((*shape, 3), (7, 80, 255), "uint8")
    np.testing.assert_array_equal(resize(image, (32, 64), antialias=antialias), np.full((32, 64, 3), (7, 80, 255)))
    assert (resize_nearest(image[..., 1], (32, 64), "centre" if antialias else "floor") == 80).all()


def test_part_of_an_image():
    image = photo()
    for antialias in (True, False):
        expected = resize(image[3:100, 5:90].copy(), (40, 50), antialias=antialias)
        np.testing.assert_array_equal(resize(image[3:100, 5:90], (40, 50), antialias=antialias), expected)


@pytest.mark.parametrize("size", SIZES)
def test_nearest_of_both_rules(size):
    mask = np.random.default_rng(0).integers(0, 256, (171, 230)).astype("uint8")
    expected = Image.fromarray(mask).resize(size[::-1], Image.Resampling.NEAREST)
    np.testing.assert_array_equal(resize_nearest(mask, size, "centre"), expected)
    rows, columns = (np.floor(np.arange(new) / (new / old)).astype(int) for new, old in zip(size, mask.shape))
    np.testing.assert_array_equal(resize_nearest(mask, size), mask[rows][:, columns])


def test_nearest_rules_differ():
    """Of four pixels each, the first one and the one beyond the middle."""
    mask = np.arange(16, dtype="uint8").reshape(4, 4)
    assert resize_nearest(mask, (1, 1)).tolist() == [[0]]
    assert resize_nearest(mask, (1, 1), "centre").tolist() == [[10]]


def test_opencv_leaves_the_cores_to_the_workers():
    assert cv2.getNumThreads() == 1
