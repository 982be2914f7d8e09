"""Sources in memory for the tests of batches."""

import numpy as np

from training.sources.array_source import ArraySource
from training.sources.source import UnreadableSampleError

NAMES = ("a", "b", "c")


def levels(count=22, size=32, first=0):
    """Images each of its own level, which an augmented image still has."""
    images = np.zeros((count, size, size, 3), "uint8") + np.arange(first, first + count, dtype="uint8").reshape(
        -1, 1, 1, 1
    )
    return ArraySource(images, np.arange(count) % 3, NAMES)


class DamagedSource(ArraySource):
    """The images of another source, of which some cannot be read."""

    def __init__(self, source, damaged):
        super().__init__(source.images, source.labels, source.class_names)
        self.damaged = damaged

    def load(self, reference):
        if reference in self.damaged:
            raise UnreadableSampleError(f"{self.name(reference)} is damaged")
        return super().load(reference)


def assert_same(batches, expected):
    """Checks that batches, tuples of arrays and dicts of arrays, are equal."""
    batches, expected = list(batches), list(expected)
    assert len(batches) == len(expected)
    for batch, other in zip(batches, expected):
        for part, other_part in zip(_arrays(batch), _arrays(other), strict=True):
            np.testing.assert_array_equal(part, other_part)


def _arrays(batch):
    return [array for part in batch for array in (part.values() if isinstance(part, dict) else [part])]
