import math

import numpy as np
import pytest
from scipy import stats

from tests.training.augment.draws import draw, photo
from training.augment.random_resized_crop import crop, random_resized_crop, sample_crop
from training.augment.resize import resize


def test_area_ratio_and_place_are_uniform():
    """A square image has room for each first try."""
    boxes = np.array(draw(lambda rng: sample_crop(rng, 2000, 2000, (0.1, 0.3), (0.5, 2.0)), 400))
    top, left, height, width = boxes.T
    assert stats.kstest(height * width / 2000**2, stats.uniform(0.1, 0.2).cdf).pvalue > 0.01
    assert stats.kstest(np.log(width / height), stats.uniform(-math.log(2), 2 * math.log(2)).cdf).pvalue > 0.01
    assert stats.kstest(top / (2000 - height), stats.uniform.cdf).pvalue > 0.01
    assert stats.kstest(left / (2000 - width), stats.uniform.cdf).pvalue > 0.01


@pytest.mark.parametrize(("height", "width"), [(375, 500), (120, 500), (3, 4), (1, 240)])
def test_boxes_lie_in_the_image(height, width):
    top, left, box_height, box_width = np.array(draw(lambda rng: sample_crop(rng, height, width), 300)).T
    assert min(top.min(), left.min()) >= 0 and min(box_height.min(), box_width.min()) > 0
    assert (top + box_height).max() <= height and (left + box_width).max() <= width
    if height > 100:
        assert ((box_width / box_height > 0.74) & (box_width / box_height < 1.35)).all()
        assert (top + box_height).max() > 0.98 * height and (left + box_width).max() > 0.98 * width


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [(10, 2000, (0, 993, 10, 13)), (2000, 10, (993, 0, 13, 10)), (300, 310, (0, 0, 300, 310)), (1, 1, (0, 0, 1, 1))],
)
@pytest.mark.parametrize("scale", [(1.5, 2.0), (1e-8, 2e-8)])
def test_center_if_no_try_fits(height, width, expected, scale):
    assert sample_crop(np.random.default_rng(0), height, width, scale) == expected


def test_crop_and_resize():
    image = photo()
    how = ((64, 48), (0.08, 0.9), (0.9, 1.1), "bicubic", True)
    results = draw(lambda rng: random_resized_crop(image, rng, *how), 5)
    boxes = draw(lambda rng: sample_crop(rng, 171, 230, (0.08, 0.9), (0.9, 1.1)), 5)
    for result, (top, left, height, width) in zip(results, boxes):
        part = image[top : top + height, left : left + width]
        np.testing.assert_array_equal(crop(image, (top, left, height, width)), part)
        np.testing.assert_array_equal(result, resize(part, (64, 48), "bicubic", True))
    assert len({result.tobytes() for result in results}) == 5
