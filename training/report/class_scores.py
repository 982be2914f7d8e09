"""Scores of each class, as rows of a table."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from keras_mobilevitv3.checks import check_strings


def per_class(matrix: np.ndarray, class_names: Sequence[str]) -> list[dict[str, Any]]:
    """Returns the precision, the recall and the F1 score of each class of a classifier.

    Args:
        matrix: Array of shape `(classes, classes)` that `confusion_matrix` returned.
        class_names: Sequence of strings, one for each class.

    Returns:
        List with one dict for each class: `"class"`, `"images"` (images of the class), `"precision"`, `"recall"` and
        `"F1"`. The precision of a class that is never predicted is `NaN`, as is the recall of a class without images,
        and the F1 score where both apply.

    Raises:
        ValueError: If the number of names differs from the number of classes.
    """
    return _rows(np.diag(matrix), matrix.sum(axis=1), matrix.sum(axis=0), class_names)


def per_label(labels: Any, predictions: Any, class_names: Sequence[str]) -> list[dict[str, Any]]:
    """Returns the precision, the recall and the F1 score of each class, for images with several labels.

    Args:
        labels: Array of shape `(images, classes)`, 1 where an image has a label and 0 elsewhere.
        predictions: Array of the shape of `labels`, 1 where a label is predicted and 0 elsewhere.
        class_names: Sequence of strings, one for each class.

    Returns:
        List of dicts, see `per_class`.

    Raises:
        ValueError: If the shapes differ, or the number of names differs from the number of classes.
    """
    labels, predictions = (np.asarray(values) != 0 for values in (labels, predictions))
    if labels.shape != predictions.shape or labels.ndim != 2:
        raise ValueError(
            "`labels` and `predictions` must have the same shape (images, classes). "
            f"Received: labels of shape {labels.shape}, predictions of shape {predictions.shape}"
        )
    return _rows((labels & predictions).sum(axis=0), labels.sum(axis=0), predictions.sum(axis=0), class_names)


def iou_rows(iou: Mapping[str, float]) -> list[dict[str, Any]]:
    """Returns the rows of a segmenter, from a dict of class names and intersections over union in [0, 1]."""
    return [{"class": name, "IoU": float(value)} for name, value in iou.items()]


def average_precision_rows(average_precision: Mapping[str, float]) -> list[dict[str, Any]]:
    """Returns the rows of a detector.

    Args:
        average_precision: Dict from class names to average precisions in [0, 1]. COCO's evaluation gives -1 to a class
            without boxes; its row has `NaN`.
    """
    return [
        {"class": name, "AP": float(value) if value >= 0 else float("nan")} for name, value in average_precision.items()
    ]


def _rows(correct, actual, predicted, class_names):
    check_strings("class_names", class_names, len(correct))
    precision, recall = _divide(correct, predicted), _divide(correct, actual)
    f1 = _divide(2 * correct, actual + predicted)
    return [
        {"class": name, "images": int(images), "precision": float(p), "recall": float(r), "F1": float(f)}
        for name, images, p, r, f in zip(class_names, actual, precision, recall, f1)
    ]


def _divide(numerator, denominator):
    """Returns a quotient, `NaN` where the denominator is 0."""
    return np.divide(numerator, denominator, out=np.full(len(numerator), np.nan), where=denominator > 0)
