"""Plans which samples each step of an epoch has, and at which size."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, eq=False)
class EpochPlan:
    """The steps of one epoch, as positions in the epoch's order of samples.

    The first global batch has the positions 0, 1, 2, ..., and each step continues where the step before ends. In a
    step, each replica takes an equal part of the global batch; the first replica takes the first part. Positions after
    the last sample start again at the first sample.

    Args:
        num_samples: Integer, number of samples in the data set.
        sizes: Integer array of shape `(steps,)`, height and width of the images of each step.
        batch_sizes: Integer array of shape `(steps,)`, number of images of each step on one replica.
        num_replicas: Integer, number of replicas. Defaults to `1`.
    """

    num_samples: int
    sizes: np.ndarray
    batch_sizes: np.ndarray
    num_replicas: int = 1

    def __len__(self):
        return len(self.sizes)

    @property
    def starts(self):
        """Integer array of shape `(steps + 1,)`: the first position of each step, and the number of all positions."""
        return np.concatenate([[0], np.cumsum(self.batch_sizes * self.num_replicas)])

    def first(self, steps):
        """Returns the plan of the first `steps` steps, or of all steps for `None`."""
        return replace(self, sizes=self.sizes[:steps], batch_sizes=self.batch_sizes[:steps])

    def positions(self, step, replica=None):
        """Returns the positions of a step in the epoch's order.

        Args:
            step: Integer.
            replica: Integer, or `None` for the positions of all replicas. Defaults to `None`.

        Returns:
            Integer array. Positions may exceed the number of samples.
        """
        start, batch = int(self.starts[step]), int(self.batch_sizes[step])
        if replica is None:
            return np.arange(start, start + batch * self.num_replicas)
        return np.arange(start + replica * batch, start + (replica + 1) * batch)

    def indices(self, step, order, replica=None):
        """Returns the samples of a step from the epoch's order of samples."""
        return order[self.positions(step, replica) % self.num_samples]


def fit_last_batch(batch_sizes, num_samples, num_replicas, last_batch):
    """Ends a series of batch sizes at the last sample.

    Args:
        batch_sizes: Integer array of shape `(steps,)`, batch sizes on one replica. Their sum must cover all samples.
        num_samples: Integer, number of samples.
        num_replicas: Integer, number of replicas.
        last_batch: String, `"pad"`, `"drop"` or `"partial"`, see `DataConfig`.

    Returns:
        Integer array, the first elements of `batch_sizes`. With `"partial"`, the last element may be smaller.
    """
    if last_batch == "partial" and num_replicas > 1:
        raise ValueError(
            "`last_batch='partial'` is for one replica, because replicas must take equal parts. "
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
