import numpy as np
import pytest
from keras import ops

from keras_mobilevitv3.detection import match_anchors, ssd_anchors, usable_boxes
from tests.compiled import compiled
from tests.detection import reference
from tests.detection.reference import ARRAYS, LEVELS, SETS, padded_targets
from tests.reference_arrays import uniform

ANCHORS = ssd_anchors(LEVELS["320x320"])


def match(boxes, labels, clip=False):
    def both(boxes, labels):
        boxes, usable = usable_boxes(boxes, labels, 80, clip)
        return match_anchors(boxes, labels, usable, ANCHORS)

    return compiled(both)(boxes, labels)


def match_one_by_one(boxes, labels, anchors, threshold=0.5):
    """The text of the published matching in plain NumPy: matched labels and number of the box of each anchor."""
    overlaps = np.array([[reference.box_iou(box, anchor, 1e-5) for anchor in anchors] for box in boxes])
    best_box, best_overlap = overlaps.argmax(axis=0), overlaps.max(axis=0)
    for number in range(len(boxes)):
        best_box[overlaps[number].argmax()], best_overlap[overlaps[number].argmax()] = number, 2
    return np.where(best_overlap >= threshold, labels[best_box] + 1, 0), best_box


@pytest.mark.parametrize("clip", [False, True])
def test_published_targets(clip):
    """All sets in one batch; they are padded to five boxes."""
    result = match(*padded_targets(SETS), clip)
    for image, name in enumerate(SETS):
        labels, boxes = result["labels"][image], result["boxes"][image]
        if name == "gttie":  # thirteen anchors overlap its box the same but for rounding
            (chosen,) = np.flatnonzero(labels)
            assert chosen in ARRAYS[f"targets/{name}/tied_anchors"]
        else:
            np.testing.assert_array_equal(labels, ARRAYS[f"targets/{name}/matched_labels"])
        if name != "gtempty":
            np.testing.assert_allclose(boxes, ARRAYS[f"targets/{name}/encoded_boxes"], rtol=1e-5, atol=2e-5)
        else:
            first = ARRAYS[f"targets/{name}/encoded_boxes_first4"]  # sizes of minus infinity; ours are finite
            np.testing.assert_allclose(boxes[:4, :2], first[:, :2], rtol=1e-6)
            assert np.isfinite(boxes).all() and not labels.any()


def test_later_box_overwrites():
    boxes, labels = padded_targets(["gt5"])
    assert list(ARRAYS["targets/gt5/best_anchor_per_gt"])[::2] == [3036, 3036, 3228]
    assert match(boxes, labels)["labels"][0, 3036] == labels[0, 2] + 1
    swapped = [2, 1, 0, 3, 4]
    assert match(boxes[:, swapped], labels[:, swapped])["labels"][0, 3036] == labels[0, 0] + 1


def test_random_boxes():
    anchors = ssd_anchors([(4, 3), (2, 2), (1, 1), (1, 1), (1, 1), (1, 1)])
    low, size = uniform("match/low", (2, 6, 2), 0, 0.7), uniform("match/size", (2, 6, 2), 0.02, 0.5)
    boxes = np.concatenate([low, low + size], axis=-1)
    labels = np.arange(12, dtype="int32").reshape(2, 6)
    usable = np.ones((2, 6), bool)
    result = compiled(lambda *given: match_anchors(*given, anchors))(boxes, labels, usable)
    for image in range(2):
        expected, numbers = match_one_by_one(boxes[image], labels[image], reference.corners(anchors))
        np.testing.assert_array_equal(result["labels"][image], expected)
        centers = (boxes[image][numbers, :2] + boxes[image][numbers, 2:]) / 2
        codes = (centers - anchors[:, :2]) / anchors[:, 2:] / 0.1
        np.testing.assert_allclose(result["boxes"][image][:, :2], codes, rtol=1e-4, atol=1e-4)


def test_threshold():
    anchor = np.array([[0.5, 0.5, 0.2, 0.2]] * 2, "float32")
    anchor[1, 0] = 0.55  # overlaps the first by 0.6
    box, label, usable = np.array([[[0.4, 0.4, 0.6, 0.6]]], "float32"), np.array([[3]]), np.array([[True]])
    for threshold, expected in ((0.5, [4, 4]), (0.7, [4, 0])):
        labels = match_anchors(*map(ops.convert_to_tensor, (box, label, usable)), anchor, threshold)["labels"]
        assert ops.convert_to_numpy(labels)[0].tolist() == expected


def test_a_box_that_is_not_usable_matches_nothing():
    """Also where it is finite, and lies on an anchor."""
    anchor = np.array([[0.5, 0.5, 0.2, 0.2]], "float32")
    box = np.array([[[0.4, 0.4, 0.6, 0.6], [0.4, 0.4, 0.7, 0.6]]], "float32")
    for usable, expected in (([True, True], 5), ([True, False], 4), ([False, True], 5), ([False, False], 0)):
        given = map(ops.convert_to_tensor, (box, np.array([[3, 4]]), np.array([usable])))
        assert ops.convert_to_numpy(match_anchors(*given, anchor)["labels"])[0].tolist() == [expected]


@pytest.mark.parametrize("clip", [False, True])
def test_bad_boxes_are_left_out(clip):
    good = [0.2, 0.3, 0.6, 0.7]
    rows = [
        (good, -1),  # padding
        (good, 80),  # no such class
        ([0.2, 0.3, 0.2, 0.7], 1),  # no width
        ([0.6, 0.3, 0.2, 0.7], 2),  # turned over
        ([float("nan"), 0.3, 0.6, 0.7], 3),
        ([0.2, 0.3, float("inf"), 0.7], 4),
        ([1.2, 0.3, 1.6, 0.7], 5),  # outside
        ([-0.6, -0.7, -0.2, -0.1], 6),
        ([1.0, 0.3, 1.4, 0.7], 7),  # touches the border
        ([-0.2, 0.5, 0.3, 1.4], 8),  # half outside
        (good, 9),
    ]
    boxes = np.array([[box for box, _ in rows]], "float32")
    labels = np.array([[label for _, label in rows]], "int32")
    kept, usable = compiled(lambda *given: usable_boxes(*given, 80, clip))(boxes, labels)
    assert usable[0].tolist() == [False] * 9 + [True] * 2
    assert not kept[0, :9].any()
    half = [0.0, 0.5, 0.3, 1.0] if clip else [-0.2, 0.5, 0.3, 1.4]
    np.testing.assert_allclose(kept[0, 9:], [half, good], rtol=1e-6)
    result, alone = match(boxes, labels, clip), match(boxes[:, 9:], labels[:, 9:], clip)
    np.testing.assert_array_equal(result["labels"], alone["labels"])
    assert set(result["labels"][0]) == {0, 9, 10}


def test_no_boxes_at_all():
    result = match(np.zeros((2, 0, 4), "float32"), np.zeros((2, 0), "int32"))
    assert result["labels"].shape == (2, len(ANCHORS)) and not result["labels"].any()
    assert np.isfinite(result["boxes"]).all()
