import numpy as np
import pytest

from tests.training.augment.draws import draw, photo
from training.augment.horizontal_flip import random_horizontal_flip, random_horizontal_flip_with_boxes


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_mirrors(probability, dtype):
    image = photo(20, 31).astype(dtype)
    result = random_horizontal_flip(image, (0, 1), probability)
    np.testing.assert_array_equal(result, image[:, ::-1] if probability else image)
    assert result.dtype == dtype


@pytest.mark.parametrize("probability", [0.5, 0.2])
def test_share(probability):
    image = np.arange(2, dtype="uint8").reshape(1, 2, 1)
    first = draw(lambda seed: random_horizontal_flip(image, seed, probability)[0, 0, 0], 2000)
    assert abs(first.mean() - probability) < 0.035  # three standard deviations


def test_same_seed_gives_the_same():
    image = photo(4, 5)
    results = [draw(lambda seed: random_horizontal_flip(image, seed), 50, seed=7) for _ in range(2)]
    np.testing.assert_array_equal(*results)


def test_boxes_are_mirrored_with_the_image():
    """A box stays around what it was around."""
    image = np.zeros((20, 31, 3), "uint8")
    image[4:9, 2:12] = 7
    boxes = np.array([[2, 4, 12, 9], [-3, 0, 31, 20.5]], "float32")
    results = draw(lambda seed: random_horizontal_flip_with_boxes(image, boxes, seed), 40)
    mirrored = [np.any(result != image) for result in results[0]]
    assert 8 < sum(mirrored) < 32
    for turned, result, found in zip(mirrored, *results):
        rows, columns = np.nonzero(result[..., 0])
        assert found[0].tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert found[1].tolist() == ([0, 0, 34, 20.5] if turned else [-3, 0, 31, 20.5])


def test_boxes_of_an_image_without_any():
    results = draw(lambda seed: random_horizontal_flip_with_boxes(photo(5, 6), np.zeros((0, 4), "float32"), seed), 4)
    assert results[1].shape == (4, 0, 4)
