import numpy as np
import pytest

from keras_mobilevitv3.exporting.verify import compare

pytestmark = pytest.mark.once

SIZE = (50, 100)


def detections(boxes, labels, confidence):
    """Outputs of one image, with two places left over."""
    count, rest = len(labels), (0, 2)
    return {
        "boxes": np.pad(np.array(boxes, "float32").reshape(-1, 4), (rest, (0, 0)), constant_values=-1)[None],
        "labels": np.pad(np.array(labels, "int32"), rest, constant_values=-1)[None],
        "confidence": np.pad(np.array(confidence, "float32"), rest, constant_values=-1)[None],
        "num_detections": np.array([count], "int32"),
    }


def test_numbers_are_compared_with_the_largest():
    expected = {"a": np.array([1.0, -4.0]), "b": np.array([0.01, 0.02])}
    difference = compare(expected, {"a": np.array([1.0, -4.5]), "b": np.array([0.01, 0.024])}, SIZE)
    assert difference.relative == pytest.approx(0.2)  # of b: 0.004 of 0.02
    assert difference.absolute == pytest.approx(0.5)


def test_classes_are_compared_by_share():
    expected = {"classes": np.array([[0, 1], [2, 3]])}
    assert compare(expected, {"classes": np.array([[0, 1], [2, 2]])}, SIZE).relative == 0.25


@pytest.mark.parametrize("actual", [{"b": np.ones(2)}, {"a": np.ones(3)}, {"a": np.array([1.0, np.nan])}])
def test_other_outputs_differ_without_limit(actual):
    assert compare({"a": np.ones(2)}, actual, SIZE).relative == np.inf


def test_detections_in_another_order_are_the_same():
    boxes = [[0, 0, 10, 10], [20, 20, 40, 40], [1, 1, 11, 11]]
    expected = detections(boxes, [0, 0, 1], [0.9, 0.8, 0.7])
    order = [1, 0, 2]
    actual = detections([boxes[i] for i in order], [0, 0, 1], [0.8, 0.9, 0.7])
    assert compare(expected, actual, SIZE).relative == 0


@pytest.mark.parametrize(
    ("actual", "difference"),
    [
        (([[0, 0, 10, 10]], [0], [0.8]), 0.1),  # less sure
        (([[0, 0, 10, 15]], [0], [0.9]), 0.1),  # 5 of 50 pixels
        (([[0, 0, 20, 10]], [0], [0.9]), 0.1),  # 10 of 100 pixels
        (([[0, 0, 10, 10]], [1], [0.9]), 1.0),  # another class
        (([], [], []), 1.0),  # missing
        (([[0, 0, 10, 10], [0, 0, 10, 15]], [0, 0], [0.9, 0.9]), 0.1),  # one more
    ],
)
def test_detections_that_differ(actual, difference):
    expected = detections([[0, 0, 10, 10]], [0], [0.9])
    places = 5
    for outputs in (expected, filled := detections(*actual)):
        for name in ("boxes", "labels", "confidence"):
            rest = places - outputs[name].shape[1]
            padding = [(0, 0), (0, rest)] + [(0, 0)] * (outputs[name].ndim - 2)
            outputs[name] = np.pad(outputs[name], padding, constant_values=-1)
    assert compare(expected, filled, SIZE).relative == pytest.approx(difference)


def test_a_detection_in_fifty_may_be_another():
    boxes = [[0, 0, number, 10] for number in range(1, 101)]
    expected = detections(boxes, [0] * 100, [0.5] * 100)
    turned = detections(boxes[:-2] + [[60, 40, 80, 50]] * 2, [0] * 100, [0.5] * 100)
    assert compare(expected, turned, SIZE).relative < 0.03
    turned = detections(boxes[:-5] + [[60, 40, 80, 50]] * 5, [0] * 100, [0.5] * 100)
    assert compare(expected, turned, SIZE).relative > 0.1
