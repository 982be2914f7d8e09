import numpy as np
import pytest

from tests.training.augment.draws import draw, photo
from training.augment.horizontal_flip import (
    random_horizontal_flip,
    random_horizontal_flip_with_boxes,
    random_horizontal_flip_with_mask,
)


@pytest.mark.parametrize("shape", [(20, 31), (1, 1), (1, 7)])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_mirrors(dtype, shape):
    image, rng = photo(*shape).astype(dtype), np.random.default_rng(0)
    mirrored = random_horizontal_flip(image, rng, 1.0)
    np.testing.assert_array_equal(mirrored, image[:, ::-1])
    assert mirrored.dtype == dtype
    np.testing.assert_array_equal(random_horizontal_flip(image, rng, 0.0), image)


@pytest.mark.parametrize("probability", [0.5, 0.2])
def test_share(probability):
    image = np.arange(6, dtype="uint8").reshape(1, 2, 3)
    mirrored = [
        result[0, 0, 0] == 3 for result in draw(lambda rng: random_horizontal_flip(image, rng, probability), 500)
    ]
    assert abs(np.mean(mirrored) - probability) < 0.06


def test_mask_is_mirrored_with_the_image():
    image = photo(9, 14)
    results = draw(lambda rng: random_horizontal_flip_with_mask(image, image[..., 1], rng), 40)
    for result, mask in results:
        np.testing.assert_array_equal(result[..., 1], mask)
    assert 8 < sum(np.any(result != image) for result, _ in results) < 32


def test_boxes_are_mirrored_with_the_image():
    """A box stays around what it was around."""
    image = np.zeros((20, 31, 3), "uint8")
    image[4:9, 2:12] = 7
    boxes = np.array([[2, 4, 12, 9], [-3, 0, 31, 20.5]], "float32")
    results = draw(lambda rng: random_horizontal_flip_with_boxes(image, boxes, rng), 40)
    for result, found in results:
        rows, columns = np.nonzero(result[..., 0])
        assert found[0].tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert found[1].tolist() == ([0, 0, 34, 20.5] if np.any(result != image) else [-3, 0, 31, 20.5])
        assert found.dtype == "float32"
    assert 8 < sum(np.any(result != image) for result, _ in results) < 32


def test_boxes_of_an_image_without_any():
    none = np.zeros((0, 4), "float32")
    assert random_horizontal_flip_with_boxes(photo(5, 6), none, np.random.default_rng(0), 1.0)[1].shape == (0, 4)
