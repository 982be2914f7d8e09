"""The interface between data sets and the input of training."""

from typing import Protocol

import numpy as np


class UnreadableSampleError(ValueError):
    """A sample cannot be read, or contradicts its data set. The message names the file and the reason."""


class Source(Protocol):
    """A data set of images and labels.

    Several processes can read a source, because a source can be pickled and keeps no file open.

    Attributes:
        class_names: Tuple of strings, in the order of the labels.
    """

    class_names: tuple[str, ...]

    def __len__(self) -> int:
        """Returns the number of samples in an epoch."""

    def references(self, seed: int | None = None, epoch: int = 0) -> np.ndarray:
        """Returns the references of the samples in the order of an epoch.

        Args:
            seed: Integer, or `None` for the order of the files. Defaults to `None`.
            epoch: Integer. Defaults to `0`.

        Returns:
            Int64 array of shape `(len(self),)`. The order depends on `seed` and `epoch` only.
        """

    def name(self, reference: int) -> str:
        """Returns the name of a sample for messages, a path or a number."""

    def load(self, reference: int) -> tuple:
        """Reads a sample.

        Args:
            reference: Integer, one of `references()`.

        Returns:
            Tuple of the image, uint8 of shape `(height, width, 3)`, RGB, 0-255, and the label. The label is an integer,
            or, in data sets with several labels per image, a float32 vector with 1 for each class of the image and 0
            for the other classes.

        Raises:
            UnreadableSampleError: If the sample cannot be read.
        """


class SegmentationSource(Source, Protocol):
    """A data set of images and masks, with at most 255 classes."""

    def load(self, reference: int) -> tuple[np.ndarray, np.ndarray]:
        """Reads a sample.

        Args:
            reference: Integer, one of `references()`.

        Returns:
            Tuple of the image, see `Source.load`, and the mask, uint8 of shape `(height, width)`. The values of the
            mask are labels from 0, and `VOID` (255) for pixels without a label.

        Raises:
            UnreadableSampleError: If the sample cannot be read, or the mask has other values or another size.
        """


class DetectionSource(Source, Protocol):
    """A data set of images and boxes.

    Attributes:
        class_names: Tuple of strings, in the order of the labels.
        category_ids: Tuple of integers, ids of the classes in `to_coco()`, in the order of the labels.
    """

    category_ids: tuple[int, ...]

    def image_id(self, reference: int) -> int:
        """Returns the id of an image in `to_coco()`, at least 0 and below 2**31."""

    def load(self, reference: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Reads a sample, without the boxes of crowds.

        Args:
            reference: Integer, one of `references()`.

        Returns:
            Tuple of the image, see `Source.load`; the boxes, float32 of shape `(count, 4)`, xyxy in pixels of the
            image, with positive width and height; and the labels, int32 of shape `(count,)`, from 0.

        Raises:
            UnreadableSampleError: If the sample cannot be read.
        """

    def to_coco(self) -> dict:
        """Returns the ground truth in COCO's format: `"images"`, `"annotations"` (with ids from 1), `"categories"`."""


def epoch_order(num_samples: int, seed: int, epoch: int) -> np.ndarray:
    """Returns the random order of all samples in an epoch, an int64 array. It depends on the arguments only."""
    return np.random.default_rng([seed, epoch, 0]).permutation(num_samples)


class NumberedSamples:
    """Base class of sources whose references are the numbers 0, 1, 2, ... of the samples."""

    def references(self, seed: int | None = None, epoch: int = 0) -> np.ndarray:
        """See `Source.references`."""
        return np.arange(len(self)) if seed is None else epoch_order(len(self), seed, epoch)

    def name(self, reference: int) -> str:
        """See `Source.name`."""
        return str(reference)
