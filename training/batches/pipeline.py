"""The training batches of an epoch."""

from dataclasses import dataclass

import numpy as np

from training.batches.batches import Batches
from training.batches.corrupt_images import CorruptImages, fill_gaps, read_samples
from training.batches.epoch_plan import EpochPlan
from training.batches.find_samples import find_samples
from training.batches.fixed_size_sampler import FixedSizeSampler
from training.batches.multi_scale_sampler import MultiScaleSampler
from training.batches.pipeline_config import PipelineConfig


def epoch_plan(num_samples: int, config: PipelineConfig, seed: int, epoch: int, num_replicas: int = 1) -> EpochPlan:
    """Returns the `EpochPlan` of an epoch, as `build_epoch` follows it.

    Args:
        num_samples: Integer, number of samples in the data set.
        config: `DataConfig`, `SegmentationDataConfig` or `DetectionDataConfig`.
        seed: Integer, seed of the run.
        epoch: Integer, from 0.
        num_replicas: Integer, number of replicas. Defaults to `1`.
    """
    arguments = {"num_replicas": num_replicas, "last_batch": config.last_batch}
    if config.sampler == "fixed":
        sampler = FixedSizeSampler(num_samples, config.batch_size, config.image_size, **arguments)
    else:
        sampler = MultiScaleSampler(num_samples, config.batch_size, config.image_sizes, config.image_size, **arguments)
    return sampler.plan(seed, epoch).first(config.max_steps)


def build_epoch(
    source,
    config: PipelineConfig,
    seed: int,
    epoch: int,
    first_step: int = 0,
    num_replicas: int = 1,
    replicas: range | None = None,
    corrupt: CorruptImages | None = None,
    workers: int = 0,
    threads: int | None = None,
) -> Batches:
    """Returns the training batches of one epoch, from the step `first_step` on.

    The contents of a step depend only on the source, the config, the seed, the epoch, the step and the replicas. So a
    resumed run sees the same batches. The seed and the epoch determine the order of the samples. The seed, the epoch
    and the position of a sample in this order determine the augmentation of the sample.

    A sample that cannot be read is skipped: the sample before it in the batch takes its place.

    Args:
        source: `Source`, `SegmentationSource` or `DetectionSource`, the data set.
        config: `DataConfig`, `SegmentationDataConfig` or `DetectionDataConfig`, the config of the task.
        seed: Integer, seed of the run.
        epoch: Integer, from 0.
        first_step: Integer, the first step to return. Defaults to `0`.
        num_replicas: Integer, number of replicas that share each step. Defaults to `1`.
        replicas: `range` of the replicas whose part of each step is returned, or `None` for all. MixUp and CutMix mix
            images within this part, with random numbers for this part. Defaults to `None`.
        corrupt: `CorruptImages`, to count over several epochs, or `None` for a new one. Defaults to `None`.
        workers: Integer, number of processes that prepare batches. `0` for threads of this process. Defaults to `0`.
        threads: Integer, number of threads without workers, see `Batches`. Defaults to `None`.

    Returns:
        `Batches` of tuples of images and targets. Images are float32 `(batch, size, size, 3)`, RGB, 0-255. The targets
        are

        - for classification, labels, int32 `(batch,)` or float32 `(batch, classes)`;
        - for segmentation, masks, int32 `(batch, size, size)`, with `ignore_class` for pixels without a label;
        - for detection, a dict of `"boxes"`, float32 `(batch, max_boxes, 4)`, xyxy in pixels of the images, and
          `"labels"`, int32 `(batch, max_boxes)`, -1 for places without a box.

    Raises:
        ValueError: If `first_step` or `replicas` is not as stated.
        CorruptImagesError: While iterating, if too many samples cannot be read, or no sample of a batch can be read.
    """
    plan = epoch_plan(len(source), config, seed, epoch, num_replicas)
    if not 0 <= first_step <= len(plan):
        raise ValueError(f"`first_step` must be in [0, {len(plan)}]. Received: first_step={first_step}")
    replicas = check_replicas(replicas, num_replicas)
    references = source.references(seed if config.shuffle else None, epoch)
    make_batch = _TrainingBatch(source, config, plan, references, seed, epoch, replicas)
    return Batches(
        make_batch,
        range(first_step, len(plan)),
        make_batch.example(),
        _only(plan.batch_sizes * len(replicas)),
        None if config.sampler == "multi_scale" else config.image_size,
        CorruptImages(len(source), config.max_corrupt_share) if corrupt is None else corrupt,
        workers,
        threads,
    )


@dataclass(frozen=True)
class _TrainingBatch:
    """Makes the batch of a step."""

    source: object
    config: PipelineConfig
    plan: EpochPlan
    references: np.ndarray
    seed: int
    epoch: int
    replicas: range

    def __call__(self, step):
        plan, functions = self.plan, find_samples(self.config)
        positions = np.concatenate([plan.positions(step, replica) for replica in self.replicas])

        def read(number, reference):
            rng = np.random.default_rng([self.seed, self.epoch, positions[number], 1])
            return functions.training_sample(self.source, reference, int(plan.sizes[step]), rng, self.config)

        samples, skipped = read_samples(self.references[positions % len(self.references)], read, self.source.name)
        return (self._batch(fill_gaps(samples), step) if len(skipped) < len(samples) else None), skipped

    def _batch(self, samples, step):
        rng = np.random.default_rng([self.seed, self.epoch, step, self.replicas.start, 2])
        return find_samples(self.config).training_batch(samples, rng, self.config, len(self.source.class_names))

    def example(self):
        """Returns a batch of one black image."""
        return self._batch([find_samples(self.config).blank_sample(self.config, False)], step=0)


def check_replicas(replicas, num_replicas):
    """Returns the range of replicas of an argument, in which `None` stands for all replicas."""
    replicas = range(num_replicas) if replicas is None else replicas
    if replicas.step != 1 or not 0 <= replicas.start < replicas.stop <= num_replicas:
        raise ValueError(f"`replicas` must be in [0, {num_replicas}), at least one. Received: replicas={replicas}")
    return replicas


def _only(values):
    """Returns the common value of an array, or `None` if the values differ."""
    return int(values[0]) if len(set(values.tolist())) == 1 else None
