"""A source of images and labels in memory."""

from collections.abc import Sequence

import numpy as np

from training.sources.source import NumberedSamples


class ArraySource(NumberedSamples):
    """Images and labels in arrays. A `Source`.

    Args:
        images: Uint8 array of shape `(count, height, width, 3)`, RGB, 0-255.
        labels: Integer array of shape `(count,)`.
        class_names: Sequence of strings.

    Raises:
        ValueError: If the arrays do not have these types, shapes and values.
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray, class_names: Sequence[str]):
        images, labels = check_images(images), np.asarray(labels, "int64")
        if labels.shape != images.shape[:1]:
            raise ValueError(f"`labels` must be {len(images)}, one for each image. Received: shape={labels.shape}")
        check_labels(labels, len(class_names))
        self.images, self.labels = images, labels
        self.class_names = tuple(class_names)

    def __len__(self):
        return len(self.labels)

    def load(self, reference: int) -> tuple[np.ndarray, int]:
        """See `Source.load`."""
        return self.images[reference], int(self.labels[reference])


def check_images(images: np.ndarray) -> np.ndarray:
    """Returns images as an array. Raises `ValueError` unless they are uint8 of shape `(count, height, width, 3)`."""
    images = np.asarray(images)
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] != 3:
        raise ValueError(
            "`images` must be a uint8 array of shape (count, height, width, 3). "
            f"Received: {images.dtype} of shape {images.shape}"
        )
    return images


def check_labels(labels: np.ndarray, classes: int) -> None:
    """Raises `ValueError` unless all labels are in `[0, classes)`."""
    if not 0 <= labels.min(initial=0) <= labels.max(initial=0) < classes:
        raise ValueError(
            f"`labels` must be in [0, {classes}), the number of `class_names`. "
            f"Received: labels from {labels.min()} to {labels.max()}"
        )
