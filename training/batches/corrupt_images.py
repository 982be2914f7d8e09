"""Counts samples that cannot be read."""

import logging

import numpy as np

from training.sources.source import UnreadableSampleError

logger = logging.getLogger(__name__)


class CorruptImagesError(RuntimeError):
    """Too many samples of a data set cannot be read, or none of a batch."""


class CorruptImages:
    """Counts the samples of a data set that cannot be read, logs them, and stops the run if there are too many.

    A sample counts once, however often it is met. Pass the same object for all epochs.

    Args:
        num_samples: Integer, samples in the data set.
        max_share: Float in [0, 1], share of the samples above which the run stops. Defaults to `0.01`.

    Attributes:
        names: Set of strings, the samples that could not be read so far.
    """

    def __init__(self, num_samples: int, max_share: float = 0.01):
        if num_samples < 1:
            raise ValueError(f"`num_samples` must be at least 1. Received: num_samples={num_samples}")
        if not 0 <= max_share <= 1:
            raise ValueError(f"`max_share` must be in [0, 1]. Received: max_share={max_share}")
        self.num_samples = num_samples
        self.max_share = max_share
        self.names = set()
        self._error = None

    def __len__(self):
        return len(self.names)

    def add(self, skipped, none_left: bool = False) -> None:
        """Counts and logs the skipped samples of a batch.

        Args:
            skipped: Sequence of pairs of strings, the name of a sample and the reason.
            none_left: Boolean, whether the batch has no other samples. Defaults to `False`.

        Raises:
            CorruptImagesError: If there are too many, or the batch has no other samples.
        """
        for name, reason in skipped:
            if name not in self.names:
                self.names.add(name)
                logger.warning("Skipped %s, which cannot be read: %s", name, reason)
        if len(self.names) > self.max_share * self.num_samples:
            examples = ", ".join(sorted(self.names)[:5])
            self._error = CorruptImagesError(
                f"{len(self.names)} of {self.num_samples} images cannot be read, more than {self.max_share:.0%}: check "
                f"the data set, or allow more with `max_corrupt_share`. Among them: {examples}"
            )
        elif none_left:
            examples = ", ".join(name for name, _ in skipped[:5])
            self._error = CorruptImagesError(
                "No image of a batch can be read: check the data set, or take larger batches. "
                f"Among them: {examples}. The reasons are in the log."
            )
        self.check()

    def check(self) -> None:
        """Raises the `CorruptImagesError` of `add` again, where TensorFlow has replaced it by an error of its own."""
        if self._error is not None:
            raise self._error


def read_samples(references, read, name):
    """Reads samples, and says which cannot be read.

    Args:
        references: Sequence of references.
        read: Callable of the number of a reference in the sequence and of the reference; returns a sample.
        name: Callable of a reference; returns a string.

    Returns:
        Tuple of a list of samples, `None` for each that cannot be read, and of a list of pairs of strings: the names
        of these, and the reasons.
    """
    samples, skipped = [], []
    for number, reference in enumerate(references):
        try:
            samples.append(read(number, reference))
        except (UnreadableSampleError, OSError) as error:
            samples.append(None)
            skipped.append((name(reference), str(error)))
    return samples, skipped


def fill_gaps(samples):
    """Replaces each `None` in a list by the nearest sample before it, at the beginning of the list by the last one."""
    before = np.maximum.accumulate([-1 if sample is None else place for place, sample in enumerate(samples)])
    return [samples[max(before) if place < 0 else place] for place in before]
