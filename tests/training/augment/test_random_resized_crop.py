import math

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from tests.training.augment.draws import draw, photo
from training.augment.random_resized_crop import crop, random_resized_crop, sample_crop
from training.augment.resize import resize


def reference_crop(rng, height, width, scale=(0.08, 1.0), ratio=(3 / 4, 4 / 3)):
    for _ in range(10):
        area = height * width * rng.uniform(*scale)
        aspect = math.exp(rng.uniform(math.log(ratio[0]), math.log(ratio[1])))
        w, h = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if 0 < w <= width and 0 < h <= height:
            return rng.integers(0, height - h + 1), rng.integers(0, width - w + 1), h, w
    h, w = height, width
    if width / height < ratio[0]:
        h = round(width / ratio[0])
    elif width / height > ratio[1]:
        w = round(height * ratio[1])
    return (height - h) // 2, (width - w) // 2, h, w


@pytest.mark.parametrize(("height", "width"), [(375, 500), (640, 427), (120, 500)])
@pytest.mark.release  # a statistical test
def test_same_distribution_as_the_reference(height, width):
    boxes = draw(lambda seed: sample_crop(seed, height, width), 2000)
    rng = np.random.default_rng(0)
    expected = np.array([reference_crop(rng, height, width) for _ in range(2000)])
    assert (boxes >= 0).all() and (boxes[:, 2:] > 0).all()
    assert (boxes[:, :2] + boxes[:, 2:] <= (height, width)).all()
    for measure in (
        lambda b: b[:, 0],
        lambda b: b[:, 1],
        lambda b: b[:, 2] * b[:, 3],
        lambda b: b[:, 3] / b[:, 2],
        lambda b: b[:, 0] / np.maximum(height - b[:, 2], 1),
    ):
        assert stats.ks_2samp(measure(boxes), measure(expected)).pvalue > 0.001


def test_area_and_ratio_are_as_asked():
    boxes = draw(lambda seed: sample_crop(seed, 1000, 1000, (0.1, 0.3), (0.5, 2.0)), 2000).astype(float)
    share, ratio = boxes[:, 2] * boxes[:, 3] / 1e6, boxes[:, 3] / boxes[:, 2]  # always fits
    assert stats.kstest(share, stats.uniform(0.1, 0.2).cdf).pvalue > 0.001
    assert stats.kstest(np.log(ratio), stats.uniform(-math.log(2), 2 * math.log(2)).cdf).pvalue > 0.001
    assert stats.kstest(boxes[:, 0] / (1000 - boxes[:, 2]), stats.uniform.cdf).pvalue > 0.001


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [(10, 2000, (0, 993, 10, 13)), (2000, 10, (993, 0, 13, 10)), (300, 310, (0, 0, 300, 310))],
)
def test_fallback(height, width, expected):
    box = sample_crop((0, 0), height, width, scale=(1.5, 2.0))  # never fits
    np.testing.assert_array_equal(box, expected)
    np.testing.assert_array_equal(box, reference_crop(np.random.default_rng(0), height, width, scale=(1.5, 2.0)))


def test_no_pixel_is_never_chosen():
    """Shares below half a pixel are tried again, and the whole of one pixel is the fallback."""
    np.testing.assert_array_equal(sample_crop((0, 0), 1, 1, scale=(0.01, 0.02)), (0, 0, 1, 1))


def test_crop_and_resize():
    image, seed = photo(), tf.constant([3, 5])
    result = random_resized_crop(image, seed, (64, 48), interpolation="bicubic", antialias=True)
    top, left, height, width = sample_crop(seed, *image.shape[:2]).numpy()
    part = image[top : top + height, left : left + width]
    np.testing.assert_array_equal(crop(image, (top, left, height, width)), part)
    np.testing.assert_array_equal(result, resize(part, (64, 48), "bicubic", True))
    np.testing.assert_array_equal(
        result, random_resized_crop(image, seed, (64, 48), (0.08, 1.0), (3 / 4, 4 / 3), "bicubic", True)
    )
    other = random_resized_crop(image, seed + 1, (64, 48), interpolation="bicubic", antialias=True)
    assert np.any(other != result)
