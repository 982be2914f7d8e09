"""Plans batches of changing image size."""

import numpy as np

from training.batches.epoch_plan import EpochPlan, fit_last_batch


def make_divisible(value, divisor):
    """Returns the multiple of `divisor` nearest to `value`; the next larger one if that is below 0.9 of `value`."""
    multiple = max(divisor, int(value + divisor / 2) // divisor * divisor)
    return multiple + divisor if multiple < 0.9 * value else multiple


def scales(least=160, greatest=320, count=5, base=256, multiple=32):
    """Returns image sizes: `count` sizes from `least` to `greatest` in even steps, and `base`.

    Each size is made divisible by `multiple`.

    Returns:
        Tuple of different integers in ascending order. The defaults give `(160, 192, 256, 288, 320)`.
    """
    sizes = {int(size) for size in np.linspace(least, greatest, count)} | {base}
    return tuple(sorted({make_divisible(size, multiple) for size in sizes}))


def batch_size_at(image_size, batch_size, base=256, num_replicas=1):
    """Returns the number of images of a step on one replica, for an image size.

    The batch size grows as the area shrinks, and is at least `batch_size`. Then it is made divisible by the number of
    replicas: 32 images on each of 12 replicas become 36.

    Args:
        image_size: Integer, height and width of the images.
        batch_size: Integer, number of images on one replica at the size `base`.
        base: Integer, height and width. Defaults to `256`.
        num_replicas: Integer, number of replicas. Defaults to `1`.

    Returns:
        Integer.
    """
    return make_divisible(max(batch_size, base * base * batch_size // (image_size * image_size)), num_replicas)


class MultiScaleSampler:
    """Plans epochs in which every step has a random image size, with a batch size that fits the image size.

    The plan depends on the seed and the epoch only. So all replicas have the same size in the same step.

    Args:
        num_samples: Integer, number of samples in the data set.
        batch_size: Integer, number of images of a step on one replica at the size `base`.
        image_sizes: Tuple of integers, heights and widths to draw from. Defaults to `(160, 192, 256, 288, 320)`.
        base: Integer, image size at which steps have `batch_size` images. Defaults to `256`.
        num_replicas: Integer, number of replicas. Defaults to `1`.
        last_batch: String, `"pad"`, `"drop"` or `"partial"`, see `DataConfig`. With `"pad"` and `"drop"`, all batches
            of one image size have the same shape. Defaults to `"pad"`.
    """

    def __init__(
        self, num_samples, batch_size, image_sizes=(160, 192, 256, 288, 320), base=256, num_replicas=1, last_batch="pad"
    ):
        self.num_samples = num_samples
        self.image_sizes = tuple(image_sizes)
        self.batch_sizes = tuple(batch_size_at(size, batch_size, base, num_replicas) for size in self.image_sizes)
        self.num_replicas = num_replicas
        self.last_batch = last_batch

    def plan(self, seed, epoch):
        """Returns the `EpochPlan` of an epoch. The plan depends on `seed` and `epoch` only."""
        most_steps = -(-self.num_samples // (min(self.batch_sizes) * self.num_replicas))
        drawn = np.random.default_rng([seed, epoch, 1]).integers(len(self.image_sizes), size=most_steps)
        batches = fit_last_batch(
            np.array(self.batch_sizes)[drawn], self.num_samples, self.num_replicas, self.last_batch
        )
        sizes = np.array(self.image_sizes)[drawn[: len(batches)]]
        return EpochPlan(self.num_samples, sizes, batches, self.num_replicas)
