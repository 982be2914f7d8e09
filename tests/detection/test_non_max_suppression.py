from unittest import mock

import numpy as np
import pytest
from keras import ops

from keras_mobilevitv3.detection.non_max_suppression import non_max_suppression
from tests.compiled import compiled
from tests.detection import reference
from tests.reference_arrays import uniform

SETTINGS = {
    "all": {"confidence_threshold": 0.2, "iou_threshold": 0.5, "max_detections_per_class": 40},
    "few_candidates": {"confidence_threshold": 0.01, "candidates_per_class": 12, "max_detections_per_class": 40},
    "few_kept": {"confidence_threshold": 0.05, "iou_threshold": 0.3, "max_detections_per_class": 4},
    "none": {"confidence_threshold": 1.0, "max_detections_per_class": 5},
}


def inputs():
    low, size = uniform("nms/low", (2, 40, 2), 0, 0.5), uniform("nms/size", (2, 40, 2), 0.1, 0.5)
    return np.concatenate([low, low + size], axis=-1), uniform("nms/scores", (2, 40, 3))


def check(boxes, scores, **settings):
    numbers, kept_scores = compiled(lambda *given: non_max_suppression(*given, **settings))(boxes, scores)
    limit = settings["max_detections_per_class"]
    assert numbers.shape == kept_scores.shape == (*scores.shape[:1], scores.shape[2], limit)
    for image, of_class in np.ndindex(*numbers.shape[:2]):
        column = scores[image, :, of_class]
        expected = reference.suppress(
            boxes[image],
            column,
            settings["confidence_threshold"],
            settings.get("iou_threshold", 0.5),
            settings.get("candidates_per_class"),
            limit,
        )
        count = len(expected)
        assert numbers[image, of_class, :count].tolist() == expected
        np.testing.assert_array_equal(kept_scores[image, of_class, :count], column[expected])
        assert (kept_scores[image, of_class, count:] == -1).all()
        assert not numbers[image, of_class, count:].any()
    return (kept_scores > -1).sum()


@pytest.mark.parametrize("name", SETTINGS)
def test_against_one_by_one(name):
    kept = check(*inputs(), **SETTINGS[name])
    assert kept == 0 if name == "none" else 12 < kept < 240


@pytest.mark.parametrize("usual", [1, 39, 40])
def test_number_of_usual_candidates_changes_nothing(usual):
    with mock.patch.dict(non_max_suppression.__globals__, {"USUAL_CANDIDATES": usual}):
        check(*inputs(), **SETTINGS["all"])
        few = inputs()[0], np.where(inputs()[1] > 0.9, inputs()[1], 0).astype("float32")
        check(*few, **SETTINGS["all"])


def test_threshold_is_exclusive_and_overlap_inclusive():
    boxes = np.array([[[0, 0, 1, 1], [0, 0, 1, 0.5], [0, 0, 1, 0.5], [2, 2, 3, 3]]], "float32")
    scores = np.array([[[0.75], [0.5], [0.375], [0.25]]], "float32")
    settings = {"confidence_threshold": 0.25, "iou_threshold": 0.5, "max_detections_per_class": 4}
    numbers, _ = non_max_suppression(*map(ops.convert_to_tensor, (boxes, scores)), **settings)
    # The second overlaps the first by just 0.5 and stays; the third equals the second; the last is at the threshold.
    assert ops.convert_to_numpy(numbers)[0, 0].tolist() == [0, 1, 0, 0]
    check(boxes, scores, **settings)


def test_classes_and_boxes_without_area_do_not_suppress_each_other():
    boxes = np.array([[[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 2, 2], [2, 2, 2, 2]]], "float32")
    scores = np.array([[[0.9, 0.0], [0.0, 0.8], [0.7, 0.0], [0.6, 0.0]]], "float32")
    assert check(boxes, scores, confidence_threshold=0.1, max_detections_per_class=3) == 4
