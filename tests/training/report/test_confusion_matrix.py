import numpy as np
import pytest

from training.report.confusion_matrix import confusion_matrix, most_confused

NAMES = ("cat", "dog", "owl")


def test_counts_each_pair():
    rng = np.random.default_rng(0)
    labels, predictions = rng.integers(0, 3, (2, 4, 25))
    matrix = confusion_matrix(labels, predictions, 3)
    expected = [[int(((labels == i) & (predictions == j)).sum()) for j in range(3)] for i in range(3)]
    assert matrix.tolist() == expected
    assert matrix.dtype == np.int64


def test_small_integer_types_do_not_overflow():
    labels = np.array([200, 255], "uint8")
    assert np.argwhere(confusion_matrix(labels, labels, 256)).tolist() == [[200, 200], [255, 255]]


def test_classes_without_images_have_zeros():
    assert confusion_matrix([], [], 3).tolist() == [[0] * 3] * 3
    assert confusion_matrix([0], [1], 3).tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("labels", "predictions", "classes", "message"),
    [
        ([0, 3], [0, 0], 3, r"`labels` must be in \[0, 3\). Received: 3"),
        ([0, 0], [0, -1], 3, r"`predictions` must be in \[0, 3\). Received: -1"),
        ([0, 1], [0], 3, r"`predictions` must have the shape of `labels`. Received: predictions of shape \(1,\)"),
        ([0.5], [0], 3, "`labels` must be integers. Received: dtype=float64"),
        ([0], [0], 0, "`num_classes` must be a positive integer"),
    ],
)
def test_wrong_arguments(labels, predictions, classes, message):
    with pytest.raises(ValueError, match=message):
        confusion_matrix(labels, predictions, classes)


def test_most_confused_pairs():
    matrix = np.array([[90, 2, 0], [5, 80, 2], [0, 1, 70]])
    pairs = [("dog", "cat", 5), ("cat", "dog", 2), ("dog", "owl", 2), ("owl", "dog", 1)]
    assert most_confused(matrix, NAMES) == pairs
    assert most_confused(matrix, NAMES, 2) == pairs[:2]
    assert most_confused(np.diag([1, 2, 3]), NAMES) == []
