import keras
import numpy as np
import pytest

from tests.training.augment.draws import draw, photo
from training.augment.horizontal_flip import random_horizontal_flip

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow only, on every backend")


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
