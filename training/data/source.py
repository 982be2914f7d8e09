"""What a pipeline asks of a data set."""

from typing import Protocol

import tensorflow as tf


class Source(Protocol):
    """A data set of images and labels: anything with these attributes and methods.

    Attributes:
        class_names: Tuple of strings, in the order of the labels.
    """

    class_names: tuple

    def __len__(self):
        """Number of samples."""

    def references(self, seed=None, epoch=0) -> tf.data.Dataset:
        """Returns the samples in the order of an epoch, without reading more than needed.

        The order depends on `seed` and `epoch` only; with the seed `None` it is that of the files. Elements are dicts
        of `"name"` (string), `"label"` (int64) and whatever `load` needs.
        """

    def load(self, reference) -> tf.Tensor:
        """Returns the image of a reference: a scalar string, an encoded file, or uint8 `(height, width, 3)`, RGB."""
