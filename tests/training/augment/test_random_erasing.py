import math

import numpy as np
import pytest
from scipy import stats

from tests.training.augment.draws import draw, photo
from training.augment.random_erasing import random_erasing, sample_erased_box


def reference_box(rng, height, width, scale=(0.02, 0.33), ratio=(0.3, 3.3)):
    for _ in range(10):
        area = height * width * rng.uniform(*scale)
        aspect = math.exp(rng.uniform(math.log(ratio[0]), math.log(ratio[1])))
        h, w = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if h < height and w < width:
            return rng.integers(0, height - h + 1), rng.integers(0, width - w + 1), h, w
    return 0, 0, 0, 0


@pytest.mark.parametrize(("height", "width"), [(256, 256), (60, 300)])
def test_same_distribution_as_the_reference(height, width):
    boxes = draw(lambda seed: sample_erased_box(seed, height, width), 2000)
    rng = np.random.default_rng(1)
    expected = np.array([reference_box(rng, height, width) for _ in range(2000)])
    assert (boxes[:, :2] >= 0).all() and (boxes[:, :2] + boxes[:, 2:] <= (height, width)).all()
    for measure in (lambda b: b[:, 0], lambda b: b[:, 1], lambda b: b[:, 2] * b[:, 3], lambda b: b[:, 2] - b[:, 3]):
        assert stats.ks_2samp(measure(boxes), measure(expected)).pvalue > 0.001


def test_a_quarter_of_the_images_is_erased():
    image = np.ones((16, 16, 1), "uint8")
    erased = draw(lambda seed: random_erasing(image, seed), 2000).min(axis=(1, 2, 3)) == 0
    assert abs(erased.mean() - 0.25) < 0.03


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_box_is_black_and_the_rest_unchanged(dtype):
    image = np.maximum(photo(40, 52), 1).astype(dtype)
    result = random_erasing(image, (1, 2), probability=1.0).numpy()
    assert result.dtype == dtype
    rows, columns, _ = np.nonzero(result == 0)
    box = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert not result[box].any()
    assert 0.02 * 0.8 < result[box].size / image.size < 0.33 * 1.1
    result[box] = image[box]
    np.testing.assert_array_equal(result, image)


def test_nothing_fits():
    image = np.ones((1, 1, 3), "uint8")
    np.testing.assert_array_equal(random_erasing(image, (0, 0), probability=1.0, scale=(0.9, 1.0)), image)


def test_off():
    image = photo(9, 9)
    assert (draw(lambda seed: random_erasing(image, seed, probability=0.0), 20) == image).all()
