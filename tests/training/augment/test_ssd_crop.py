import numpy as np
import pytest

from tests.training.augment.draws import draw, photo
from training.augment.ssd_crop import MIN_OVERLAPS, sample_ssd_crop, ssd_crop

HEIGHT, WIDTH = 120, 160
BOXES = np.array([[10, 20, 60, 90], [100, 40, 150, 110], [70, 5, 90, 25], [-4, 100, 30, 121]], "float32")
LABELS = np.array([3, 1, 0, 2], "int32")


def overlaps(part, boxes):
    """Intersection over union of a part (top, left, height, width) with each box."""
    edges = np.array([part[1], part[0], part[1] + part[3], part[0] + part[2]])
    sides = np.maximum(np.minimum(edges[2:], boxes[:, 2:]) - np.maximum(edges[:2], boxes[:, :2]), 0)
    common = sides.prod(axis=1)
    return common / (part[2] * part[3] + (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) - common)


def inside(part, boxes):
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    corner, size = np.array([part[1], part[0]]), np.array([part[3], part[2]])
    return ((centers > corner) & (centers < corner + size)).all(axis=1)


@pytest.mark.parametrize("min_size", [0, 60])
def test_parts_are_shaped_and_have_an_object(min_size):
    whole, parts = draw(lambda seed: sample_ssd_crop(seed, HEIGHT, WIDTH, BOXES, min_size), 600)
    assert 1 / 7 < whole.mean() < 1 / 3  # one in seven, and more where the overlap was drawn anew
    assert (parts[whole] == [0, 0, HEIGHT, WIDTH]).all()
    for part in parts[~whole]:
        top, left, height, width = part
        assert min(top, left) >= 0
        assert top + height <= HEIGHT
        assert left + width <= WIDTH
        assert height >= max(min_size, int(0.3 * HEIGHT))
        assert width >= max(min_size, int(0.3 * WIDTH))
        assert 0.5 <= height / width <= 2
        assert overlaps(part, BOXES).max() >= 0.1
        assert inside(part, BOXES).any()
    best = np.array([overlaps(part, BOXES).max() for part in parts[~whole]])
    assert np.mean(best >= 0.5) > 0.2  # larger overlaps are asked for too
    assert np.mean(best < 0.3) > 0.05


def test_overlaps():
    assert MIN_OVERLAPS == (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)


def test_boxes_follow_and_are_cut_off():
    """Each object is a rectangle of its own level: its box is around what is left of it."""
    image = np.zeros((HEIGHT, WIDTH, 3), "uint8")
    boxes = BOXES[:3]
    for label, (left, top, right, bottom) in zip(LABELS, boxes.astype(int)):
        image[top:bottom, left:right] = 50 * (label + 1)
    for number in range(60):
        result, kept, labels = (np.asarray(part) for part in ssd_crop(image, boxes, LABELS[:3], (0, number)))
        assert len(kept) == len(labels) > 0
        for box, label in zip(kept, labels):
            rows, columns = np.nonzero(result[..., 0] == 50 * (label + 1))
            assert box.tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


def test_boxes_of_a_whole_image_are_left_as_they_are():
    whole, _ = draw(lambda seed: sample_ssd_crop(seed, HEIGHT, WIDTH, BOXES), 60)
    number = int(np.flatnonzero(whole)[0])
    result, boxes, labels = ssd_crop(photo(HEIGHT, WIDTH), BOXES, LABELS, (0, number))
    np.testing.assert_array_equal(result, photo(HEIGHT, WIDTH))
    np.testing.assert_array_equal(boxes, BOXES)
    np.testing.assert_array_equal(labels, LABELS)


@pytest.mark.parametrize("boxes", [np.zeros((0, 4), "float32"), np.array([[5, 5, 6, 6]], "float32")])
def test_no_object_and_one_that_no_crop_fits(boxes):
    """Both end: without an object the image stays whole."""
    for number in range(5):
        result, kept, _ = ssd_crop(photo(30, 31), boxes, np.zeros(len(boxes), "int32"), (0, number), min_size=1000)
        assert result.shape == (30, 31, 3)
        np.testing.assert_array_equal(kept, boxes)
