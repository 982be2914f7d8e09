"""Files of images with one label or several labels each."""

from collections.abc import Sequence

import numpy as np

from keras_mobilevitv3.array_types import FilePath
from training.sources.pictures import read_picture
from training.sources.source import NumberedSamples


class LabelledFileSource(NumberedSamples):
    """Files of images and their labels. A `Source`.

    Args:
        paths: Sequence of paths.
        labels: Integer array of shape `(count,)`, or, for several labels per image, float array of 0 and 1 of shape
            `(count, classes)`.
        class_names: Sequence of strings.
    """

    def __init__(self, paths: Sequence[FilePath], labels: np.ndarray, class_names: Sequence[str]):
        self.paths = [str(path) for path in paths]
        self.labels = np.asarray(labels, "int64" if np.ndim(labels) == 1 else "float32")
        self.class_names = tuple(class_names)

    def __len__(self):
        return len(self.paths)

    def name(self, reference: int) -> str:
        """See `Source.name`."""
        return self.paths[reference]

    def load(self, reference: int) -> tuple:
        """See `Source.load`."""
        label = self.labels[reference]
        return read_picture(self.paths[reference]), int(label) if label.ndim == 0 else label
