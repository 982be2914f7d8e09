"""Counts samples that cannot be read."""

import logging

import numpy as np

from training.sources.source import UnreadableSampleError

logger = logging.getLogger(__name__)


class CorruptImagesError(RuntimeError):
    """Too many samples of a data set cannot be read, or no sample of a batch can be read."""


class CorruptImages:
    """Counts and logs the samples of a data set that cannot be read. Stops the run if there are too many.

    Each sample counts once in all epochs. Pass the same object for all epochs.

    Args:
        num_samples: Integer, number of samples in the data set.
        max_share: Float in [0, 1], largest share of samples that cannot be read. Above, the run stops. Defaults to
            `0.01`.

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
            none_left: Boolean, whether all samples of the batch are skipped. Defaults to `False`.

        Raises:
            CorruptImagesError: If too many samples are skipped, or all samples of the batch.
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
                "No image of a batch can be read: check the data set, or use larger batches. "
                f"Among them: {examples}. The reasons are in the log."
            )
        self.check()

    def check(self) -> None:
        """Raises the `CorruptImagesError` of `add` again, because TensorFlow replaces it with its own error."""
        if self._error is not None:
            raise self._error


def read_samples(references, read, name):
    """Reads samples and lists the samples that cannot be read.

    Args:
        references: Sequence of references.
        read: Callable of the position of a reference in the sequence and of the reference. It returns a sample.
        name: Callable of a reference. It returns a string.

    Returns:
        Tuple of two lists: the samples, with `None` for each sample that cannot be read, and pairs of strings, the
        names of these samples and the reasons.
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
    """Replaces each `None` in a list by the nearest sample before it, or by the last sample if there is none before."""
    before = np.maximum.accumulate([-1 if sample is None else place for place, sample in enumerate(samples)])
    return [samples[max(before) if place < 0 else place] for place in before]
