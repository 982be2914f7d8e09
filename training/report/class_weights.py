"""Weights that balance classes of different frequency in a loss."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_mobilevitv3.checks import check_integer, check_strings


def class_weights(counts: Any, class_names: Sequence[str]) -> np.ndarray:
    """Returns weights that give all classes the same share of the loss.

    The weight of a class is `images / (classes * count)`, so that the mean weight of the images is 1.

    Args:
        counts: Sequence of integers, images of each class.
        class_names: Sequence of strings, one for each class.

    Returns:
        Float32 NumPy array of shape `(classes,)`.

    Raises:
        ValueError: If a class has no images. The message names the class.
    """
    counts = _check_counts("counts", counts, class_names)
    return (counts.sum() / (len(counts) * counts)).astype("float32")


def positive_weights(positives: Any, images: int, class_names: Sequence[str]) -> np.ndarray:
    """Returns weights of the positive labels, for images with several labels.

    The weight of a class is `(images - positives) / positives`: in a binary cross entropy, the images with the label
    weigh as much in all as the images without.

    Args:
        positives: Sequence of integers, images with the label of each class.
        images: Integer, number of images.
        class_names: Sequence of strings, one for each class.

    Returns:
        Float32 NumPy array of shape `(classes,)`.

    Raises:
        ValueError: If no image has a label, or all images have it. The message names the class.
    """
    check_integer("images", images)
    positives = _check_counts("positives", positives, class_names)
    if (positives >= images).any():
        names = _names(class_names, positives >= images)
        raise ValueError(f"`positives` must be less than `images`, {images}, for each class. All images have: {names}")
    return ((images - positives) / positives).astype("float32")


def _check_counts(name, counts, class_names):
    """Returns counts as an integer array. Raises `ValueError` unless each class has a count of at least 1."""
    counts = np.asarray(counts)
    if counts.ndim != 1 or not np.issubdtype(counts.dtype, np.integer):
        raise ValueError(f"`{name}` must be a sequence of integers. Received: {name}={counts.tolist()}")
    check_strings("class_names", class_names, len(counts))
    if (counts < 1).any():
        raise ValueError(f"`{name}` must be at least 1 for each class. No images: {_names(class_names, counts < 1)}")
    return counts.astype("int64")


def _names(class_names, chosen):
    return ", ".join(repr(str(class_names[index])) for index in np.flatnonzero(chosen))
