import numpy as np
import pytest
from scipy import stats

from tests.training.augment.draws import draw, photo
from training.augment.random_erasing import random_erasing, sample_erased_box


def test_share_of_the_area_and_ratio_are_uniform():
    """In a square image nearly every first try fits."""
    boxes = np.array(draw(lambda rng: sample_erased_box(rng, 4000, 4000, ratio=(0.5, 3.0)), 400))
    top, left, height, width = boxes.T
    assert stats.kstest(height * width / 4000**2, stats.uniform(0.02, 0.31).cdf).pvalue > 0.01
    log_ratio = stats.uniform(np.log(0.5), np.log(3.0 / 0.5))
    assert stats.kstest(np.log(height / width), log_ratio.cdf).pvalue > 0.01
    assert stats.kstest(top / (4000 - height), stats.uniform.cdf).pvalue > 0.01
    assert stats.kstest(left / (4000 - width), stats.uniform.cdf).pvalue > 0.01


def test_boxes_are_smaller_than_the_image():
    boxes = draw(lambda rng: sample_erased_box(rng, 8, 40, (0.3, 0.9)), 200)
    boxes = np.array([box for box in boxes if box is not None])
    assert (boxes[:, 2:] >= 1).all() and (boxes[:, 2:] <= (7, 39)).all()
    assert (boxes[:, :2] >= 0).all() and (boxes[:, :2] + boxes[:, 2:] <= (8, 40)).all()
    assert boxes[:, 2].max() == 7


def test_a_quarter_of_the_images_is_erased():
    image = np.ones((16, 16, 3), "uint8")
    erased = draw(lambda rng: not random_erasing(image, rng).all(), 600)
    assert abs(np.mean(erased) - 0.25) < 0.05
    assert image.all()


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_box_is_black_and_the_rest_unchanged(dtype):
    image = np.maximum(photo(40, 52), 1).astype(dtype)
    image.flags.writeable = False  # as are the arrays of Pillow
    result = random_erasing(image, np.random.default_rng(1), probability=1.0)
    assert result.dtype == dtype
    rows, columns, _ = np.nonzero(result == 0)
    box = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert not result[box].any()
    assert 0.02 * 0.8 < result[box].size / image.size < 0.33 * 1.1
    result[box] = image[box]
    np.testing.assert_array_equal(result, image)


def test_nothing_fits_and_off():
    image = np.ones((1, 1, 3), "uint8")
    rng = np.random.default_rng(0)
    np.testing.assert_array_equal(random_erasing(image, rng, probability=1.0, scale=(0.9, 1.0)), image)
    assert sample_erased_box(rng, 1, 1) is None
    assert all(draw(lambda rng: random_erasing(np.ones((9, 9, 3)), rng, probability=0.0).all(), 20))
