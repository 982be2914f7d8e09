"""Counts which classes a classifier confuses."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_mobilevitv3.checks import check_integer, check_strings


def confusion_matrix(labels: Any, predictions: Any, num_classes: int) -> np.ndarray:
    """Counts the pairs of true and predicted classes.

    Args:
        labels: Integer array of any shape, the true classes, in [0, num_classes).
        predictions: Integer array of the shape of `labels`, the predicted classes, in [0, num_classes).
        num_classes: Integer, number of classes.

    Returns:
        Int64 NumPy array of shape `(num_classes, num_classes)`. Rows are true classes, columns predicted classes.

    Raises:
        ValueError: If an argument is not as stated.
    """
    check_integer("num_classes", num_classes)
    labels, predictions = (
        _classes(name, values, num_classes) for name, values in (("labels", labels), ("predictions", predictions))
    )
    if labels.shape != predictions.shape:
        raise ValueError(
            "`predictions` must have the shape of `labels`. "
            f"Received: predictions of shape {predictions.shape}, labels of shape {labels.shape}"
        )
    cells = labels.ravel() * num_classes + predictions.ravel()
    return np.bincount(cells, minlength=num_classes**2).reshape(num_classes, num_classes)


def most_confused(matrix: np.ndarray, class_names: Sequence[str], count: int = 10) -> list[tuple[str, str, int]]:
    """Returns the pairs of classes that are confused most often.

    Args:
        matrix: Array that `confusion_matrix` returned.
        class_names: Sequence of strings, one for each class.
        count: Integer, largest number of pairs. Defaults to `10`.

    Returns:
        List of tuples `(true class, predicted class, images)`, the most images first. Pairs without images are left
        out.

    Raises:
        ValueError: If the number of names differs from the number of classes.
    """
    check_strings("class_names", class_names, len(matrix))
    errors = np.where(np.eye(len(matrix), dtype=bool), 0, matrix)
    order = np.argsort(-errors, axis=None, kind="stable")[:count]
    pairs = zip(*(index.tolist() for index in np.unravel_index(order, errors.shape)))
    return [(class_names[i], class_names[j], int(errors[i, j])) for i, j in pairs if errors[i, j]]


def _classes(name, values, num_classes):
    values = np.asarray(values)
    if values.size and not np.issubdtype(values.dtype, np.integer):
        raise ValueError(f"`{name}` must be integers. Received: dtype={values.dtype}")
    wrong = values[(values < 0) | (values >= num_classes)]
    if wrong.size:
        raise ValueError(f"`{name}` must be in [0, {num_classes}). Received: {wrong.flat[0]}")
    return values.astype("int64")
