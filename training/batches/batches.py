"""Loads batches with Grain, ahead of their use."""

import copy
import os
import time
from collections.abc import Callable, Iterator

import grain
from absl import flags

from training.batches.corrupt_images import CorruptImages

MAX_THREADS = 8
BATCHES_OF_A_WORKER = 1  # number of finished batches that wait in each process


class Batches:
    """The batches of an epoch or of an evaluation, as NumPy arrays. They can be iterated any number of times.

    The contents of a batch depend on its step only, not on the number of threads or processes.

    Args:
        make_batch: Picklable callable of a step. It returns a tuple of the batch and the skipped samples. The batch is
            `None` if no sample of the batch can be read. The skipped samples are an argument of `CorruptImages.add`.
        steps: `range` of the steps.
        example: A batch of one sample. All batches have the structure and the types of this batch.
        batch_size: Integer, number of samples in each batch, or `None` if batches differ.
        image_size: Integer, height and width of all images, or `None` if batches differ.
        corrupt: `CorruptImages`, which counts the skipped samples.
        workers: Integer, number of processes that prepare batches. `0` for threads of this process. Defaults to `0`.
        threads: Integer, number of threads of this process that prepare batches. `0` prepares each batch when the
            consumer asks for it. Defaults to `None`: one thread per processor, at most 8.

    Attributes:
        waited: Float, number of seconds that the consumer has waited for batches.
        delivered: Integer, number of images in the batches so far.
    """

    def __init__(
        self,
        make_batch: Callable,
        steps: range,
        example: tuple,
        batch_size: int | None,
        image_size: int | None,
        corrupt: CorruptImages,
        workers: int = 0,
        threads: int | None = None,
    ):
        for name, value in (("workers", workers), ("threads", threads)):
            if value is not None and value < 0:
                raise ValueError(f"`{name}` must be at least 0. Received: {name}={value}")
        self.make_batch = make_batch
        self.steps = steps
        self.example = example
        self.batch_size = batch_size
        self.image_size = image_size
        self.corrupt = corrupt
        self.workers = workers
        self.threads = min(os.cpu_count() or 1, MAX_THREADS) if threads is None else threads
        self.waited = 0.0
        self.delivered = 0
        self._finish = None

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[tuple]:
        if not self.steps:
            return
        iterator = iter(self._dataset())
        try:
            for _ in self.steps:
                start = time.perf_counter()
                batch, skipped = next(iterator)
                self.waited += time.perf_counter() - start
                if skipped:
                    self.corrupt.add(skipped, none_left=batch is None)
                self.delivered += len(batch[0])
                yield batch if self._finish is None else self._finish(*batch)
        finally:
            iterator.close()

    def _dataset(self):
        dataset = grain.MapDataset.range(self.steps.start, self.steps.stop).map(self.make_batch)
        if not self.workers:
            return dataset.to_iter_dataset(grain.ReadOptions(self.threads, self.threads))
        if not flags.FLAGS.is_parsed():  # Grain reads its flags before it starts a process, and needs parsed flags
            flags.FLAGS.mark_as_parsed()
        workers = grain.MultiprocessingOptions(min(self.workers, len(self)), BATCHES_OF_A_WORKER)
        return dataset.to_iter_dataset(grain.ReadOptions(0, 0)).mp_prefetch(workers)

    def map(self, function: Callable) -> "Batches":
        """Returns batches that a function makes from these batches.

        Args:
            function: Callable of the parts of a batch. It returns a tuple of arrays or dicts of arrays.
        """
        mapped = copy.copy(self)
        mapped.example = function(*self.example)
        mapped._finish = function if self._finish is None else lambda *batch: function(*self._finish(*batch))
        return mapped
