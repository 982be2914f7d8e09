import numpy as np
import pytest

from keras_mobilevitv3.detection import anchors_per_cell, ssd_anchors
from tests.detection.reference import ARRAYS, LEVELS

pytestmark = pytest.mark.once


@pytest.mark.parametrize("key", LEVELS)
def test_bit_for_bit(key):
    anchors = ssd_anchors(LEVELS[key])
    assert anchors.dtype == np.float32
    np.testing.assert_array_equal(anchors, ARRAYS[f"anchors/{key}"])
    counts = [height * width * count for (height, width), count in zip(LEVELS[key], anchors_per_cell())]
    assert counts == list(ARRAYS[f"anchors/{key}_level_counts"])


def test_order_and_clipping():
    """By hand: two levels, on the first two pixels below each other."""
    anchors = ssd_anchors([(2, 1), (1, 1)], aspect_ratios=[(4,), ()], min_scale=0.25, max_scale=1.25)
    large, last = (0.25 * 0.75) ** 0.5, (0.75 * 1.25) ** 0.5
    shapes = [(0.25, 0.25), (large, large), (0.5, 0.125), (0.125, 0.5)]
    expected = [(0.5, y, *shape) for y in (0.25, 0.75) for shape in shapes]
    expected += [(0.5, 0.5, 0.75, 0.75), (0.5, 0.5, last, last)]
    np.testing.assert_allclose(anchors, expected, rtol=1e-6)
    wide = ssd_anchors([(1, 1)], aspect_ratios=[(4,)], min_scale=0.9, max_scale=1.5)
    assert wide[1].tolist() == [0.5, 0.5, 1.0, 1.0]
    assert wide[2, 2] == 1.0 and wide[3, 3] == 1.0


@pytest.mark.parametrize("sizes", [[], [(1, 1)] * 5, [(1, 1)] * 5 + [(0, 1)], [(1, 1)] * 5 + [(None, 1)]])
def test_bad_sizes(sizes):
    with pytest.raises(ValueError, match="`level_sizes` must be 6 pairs of positive integers. Received: level_sizes="):
        ssd_anchors(sizes)
