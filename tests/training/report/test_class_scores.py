import math

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from training.report.class_scores import average_precision_rows, iou_rows, per_class, per_label
from training.report.confusion_matrix import confusion_matrix

NAMES = ("cat", "dog", "owl")


def columns(rows):
    return np.array([[row[name] for name in ("precision", "recall", "F1", "images")] for row in rows]).T


def test_scores_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    labels, predictions = rng.integers(0, 3, (2, 60))
    rows = per_class(confusion_matrix(labels, predictions, 3), NAMES)
    assert [row["class"] for row in rows] == list(NAMES)
    np.testing.assert_allclose(columns(rows), precision_recall_fscore_support(labels, predictions))


def test_scores_of_several_labels_are_those_of_scikit_learn():
    labels, predictions = np.random.default_rng(0).integers(0, 2, (2, 40, 3))
    rows = per_label(labels.astype("float32"), predictions > 0, NAMES)
    np.testing.assert_allclose(columns(rows), precision_recall_fscore_support(labels, predictions))


def test_undefined_scores_are_nan():
    never_predicted, absent, neither = per_class(np.array([[0, 4, 0], [0, 0, 0], [0, 0, 0]]), NAMES)
    assert math.isnan(never_predicted["precision"])
    assert never_predicted["recall"] == never_predicted["F1"] == 0
    assert math.isnan(absent["recall"])
    assert absent["precision"] == absent["F1"] == 0
    assert all(math.isnan(neither[name]) for name in ("precision", "recall", "F1"))


def test_rows_of_segmenters_and_detectors():
    assert iou_rows({"cat": np.float32(0.5)}) == [{"class": "cat", "IoU": 0.5}]
    known, absent = average_precision_rows({"cat": 0.25, "dog": -1})
    assert known == {"class": "cat", "AP": 0.25}
    assert math.isnan(absent["AP"])


def test_wrong_arguments():
    with pytest.raises(ValueError, match="`class_names` must be a sequence of 2 strings"):
        per_class(np.eye(2, dtype=int), NAMES)
    with pytest.raises(ValueError, match=r"same shape \(images, classes\). Received: labels of shape \(2, 3\)"):
        per_label(np.ones((2, 3)), np.ones((3, 3)), NAMES)
