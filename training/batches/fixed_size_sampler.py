"""Plans batches of one image size."""

import numpy as np

from training.batches.epoch_plan import EpochPlan, fit_last_batch


class FixedSizeSampler:
    """Plans epochs in which every step has the same image size.

    Args:
        num_samples: Integer, number of samples in the data set.
        batch_size: Integer, number of images of a step on one replica.
        image_size: Integer, height and width of the images. Defaults to `256`.
        num_replicas: Integer, number of replicas. Defaults to `1`.
        last_batch: String, `"pad"`, `"drop"` or `"partial"`, see `DataConfig`. Defaults to `"pad"`.
    """

    def __init__(self, num_samples, batch_size, image_size=256, num_replicas=1, last_batch="pad"):
        self.num_samples = num_samples
        self.batch_size = batch_size
        self.image_size = image_size
        self.num_replicas = num_replicas
        self.last_batch = last_batch

    def plan(self, seed, epoch):
        """Returns the `EpochPlan` of an epoch. All epochs have the same plan."""
        steps = -(-self.num_samples // (self.batch_size * self.num_replicas))
        batches = fit_last_batch(np.full(steps, self.batch_size), self.num_samples, self.num_replicas, self.last_batch)
        return EpochPlan(self.num_samples, np.full(len(batches), self.image_size), batches, self.num_replicas)
