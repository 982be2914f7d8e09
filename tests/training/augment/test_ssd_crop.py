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
    parts = draw(lambda rng: sample_ssd_crop(rng, HEIGHT, WIDTH, BOXES, min_size), 300)
    whole = np.mean([part is None for part in parts])
    assert 1 / 7 < whole < 0.36  # one in seven, and more where the overlap was drawn anew
    parts = [part for part in parts if part is not None]
    for top, left, height, width in parts:
        assert 0 <= top <= HEIGHT - height
        assert 0 <= left <= WIDTH - width
        assert height >= max(min_size, int(0.3 * HEIGHT))
        assert width >= max(min_size, int(0.3 * WIDTH))
        assert 0.5 <= height / width <= 2
    assert all(inside(part, BOXES).any() for part in parts)
    best = np.array([overlaps(part, BOXES).max() for part in parts])
    assert best.min() >= 0.1
    assert np.mean(best >= 0.5) > 0.2  # larger overlaps are asked for too
    assert np.mean(best < 0.3) > 0.05


def test_overlaps():
    assert MIN_OVERLAPS == (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)


def test_boxes_follow_and_are_clipped():
    """Each object is a rectangle of its own level: its box is around what is left of it."""
    image = np.zeros((HEIGHT, WIDTH, 3), "uint8")
    for label, (left, top, right, bottom) in zip(LABELS[:3], BOXES[:3].astype(int)):
        image[top:bottom, left:right] = 50 * (label + 1)
    for result, kept, labels in draw(lambda rng: ssd_crop(image, BOXES[:3], LABELS[:3], rng), 60):
        assert len(kept) == len(labels) > 0
        assert (kept.dtype, labels.dtype) == ("float32", "int32")
        for box, label in zip(kept, labels):
            rows, columns = np.nonzero(result[..., 0] == 50 * (label + 1))
            assert box.tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


def test_objects_with_their_center_outside_are_left_out():
    image = photo(HEIGHT, WIDTH)
    kept = draw(lambda rng: ssd_crop(image, BOXES, LABELS, rng)[2], 60)
    parts = draw(lambda rng: sample_ssd_crop(rng, HEIGHT, WIDTH, BOXES), 60)
    for labels, part in zip(kept, parts):
        assert labels.tolist() == LABELS[inside(part, BOXES) if part else np.s_[:]].tolist()
    assert any(len(labels) < 4 for labels in kept)


def test_boxes_of_a_whole_image_are_left_as_they_are():
    image = photo(HEIGHT, WIDTH)
    whole = [part is None for part in draw(lambda rng: sample_ssd_crop(rng, HEIGHT, WIDTH, BOXES), 60)]
    result, boxes, labels = draw(lambda rng: ssd_crop(image, BOXES, LABELS, rng), 60)[whole.index(True)]
    assert result is image
    np.testing.assert_array_equal(boxes, BOXES)
    np.testing.assert_array_equal(labels, LABELS)


@pytest.mark.parametrize("boxes", [np.zeros((0, 4), "float32"), np.array([[5, 5, 6, 6]], "float32")])
def test_no_object_and_one_that_no_crop_fits(boxes):
    """Both end: the image stays whole."""
    labels = np.zeros(len(boxes), "int32")
    for result, kept, _ in draw(lambda rng: ssd_crop(photo(30, 31), boxes, labels, rng, min_size=1000), 5):
        assert result.shape == (30, 31, 3)
        np.testing.assert_array_equal(kept, boxes)
