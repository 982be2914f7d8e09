"""Which samples the steps of an epoch take, and at which size."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, eq=False)
class EpochPlan:
    """The steps of one epoch, as positions in the epoch's order of samples.

    Positions run on from step to step: the first global batch has positions 0, 1, 2, ... In a step each replica takes
    an equal part of the global batch, the first replica the first part. Positions past the last sample stand for the
    first samples again.

    Args:
        num_samples: Integer, samples in the data set.
        sizes: Integer array of shape `(steps,)`, height and width of the images of each step.
        batch_sizes: Integer array of shape `(steps,)`, images of each step on one replica.
        num_replicas: Integer. Defaults to `1`.
    """

    num_samples: int
    sizes: np.ndarray
    batch_sizes: np.ndarray
    num_replicas: int = 1

    def __len__(self):
        return len(self.sizes)

    @property
    def starts(self):
        """Integer array of shape `(steps + 1,)`: first position of each step, and how many there are in all."""
        return np.concatenate([[0], np.cumsum(self.batch_sizes * self.num_replicas)])

    def first(self, steps):
        """The plan of the first steps only; `None` for all."""
        return replace(self, sizes=self.sizes[:steps], batch_sizes=self.batch_sizes[:steps])

    def positions(self, step, replica=None):
        """Positions of a step in the epoch's order.

        Args:
            step: Integer.
            replica: Integer, or `None` for the positions of all. Defaults to `None`.

        Returns:
            Integer array; those past the last sample are not wrapped.
        """
        start, batch = int(self.starts[step]), int(self.batch_sizes[step])
        if replica is None:
            return np.arange(start, start + batch * self.num_replicas)
        return np.arange(start + replica * batch, start + (replica + 1) * batch)

    def indices(self, step, order, replica=None):
        """Samples of a step, given the epoch's order of the samples."""
        return order[self.positions(step, replica) % self.num_samples]


def fit_last_batch(batch_sizes, num_samples, num_replicas, last_batch):
    """Cuts a long enough series of batch sizes where the samples end.

    Args:
        batch_sizes: Integer array of shape `(steps,)`, on one replica, enough for all samples.
        num_samples: Integer.
        num_replicas: Integer.
        last_batch: String, `"pad"`, `"drop"` or `"partial"`, see `DataConfig`.

    Returns:
        Integer array, a beginning of `batch_sizes`, the last one smaller with `"partial"`.
    """
    if last_batch == "partial" and num_replicas > 1:
        raise ValueError(
            "`last_batch='partial'` is for one replica, as all must take equal parts. "
            f"Received: num_replicas={num_replicas}"
        )
    ends = np.cumsum(batch_sizes * num_replicas)
    full = int(np.searchsorted(ends, num_samples, side="right"))
    if last_batch == "drop":
        if full == 0:
            raise ValueError(
                "`last_batch='drop'` leaves nothing of a data set smaller than the first batch. "
                f"Received: {num_samples} samples, first batch {int(ends[0])}"
            )
        return batch_sizes[:full]
    rest = num_samples - (int(ends[full - 1]) if full else 0)
    kept = batch_sizes[: full + (rest > 0)].copy()
    if rest and last_batch == "partial":
        kept[-1] = rest
    return kept
