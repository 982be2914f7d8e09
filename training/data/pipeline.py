"""From a data set to the batches of an epoch."""

import os

import tensorflow as tf

from training.data.corrupt_images import CorruptImages
from training.data.fixed_size_sampler import FixedSizeSampler
from training.data.multi_scale_sampler import MultiScaleSampler
from training.data.skip_errors import fill_gaps, map_skipping_errors
from training.data.tasks import find_task

STEPS_AT_ONCE = 2  # batches prepared at the same time, so that one may wait for its last image
PREFETCHED = 2

# Nothing here is Python control flow to be converted; converting takes seconds for each epoch.
without_conversion = tf.autograph.experimental.do_not_convert


def epoch_plan(num_samples, config, seed, epoch, num_replicas=1):
    """Returns the `EpochPlan` of an epoch, as `build_epoch` follows it.

    Args:
        num_samples: Integer, samples in the data set.
        config: `DataConfig`, `SegmentationDataConfig` or `DetectionDataConfig`.
        seed: Integer, of the run.
        epoch: Integer, from 0.
        num_replicas: Integer. Defaults to `1`.
    """
    arguments = {"num_replicas": num_replicas, "last_batch": config.last_batch}
    if config.sampler == "fixed":
        sampler = FixedSizeSampler(num_samples, config.batch_size, config.image_size, **arguments)
    else:
        sampler = MultiScaleSampler(num_samples, config.batch_size, config.image_sizes, config.image_size, **arguments)
    return sampler.plan(seed, epoch).first(config.max_steps)


def build_epoch(
    source, config, seed, epoch, first_step=0, num_replicas=1, replicas=None, corrupt=None, parallel_calls=None
):
    """Returns the training batches of one epoch, from any step on.

    What a step holds depends on the arguments only, not on the number of threads, nor on whether the steps before it
    were run: the augmentation of a sample is drawn from the seed, the epoch and the position of the sample in the
    epoch's order, the order from the seed and the epoch.

    An image that cannot be read is skipped: the image before it in the batch takes its place.

    Args:
        source: `Source`, `SegmentationSource` or `DetectionSource`, the data set.
        config: `DataConfig`, `SegmentationDataConfig` or `DetectionDataConfig`, that of the task.
        seed: Integer, of the run.
        epoch: Integer, from 0.
        first_step: Integer, the first step to return. Defaults to `0`.
        num_replicas: Integer, over which each step is divided. Defaults to `1`.
        replicas: `range` of the replicas whose part of each step is returned, or `None` for all. MixUp and CutMix mix
            within what is returned, with numbers of their own for each part. Defaults to `None`.
        corrupt: `CorruptImages`, to count over several epochs, or `None` for one of its own. Defaults to `None`.
        parallel_calls: Integer, images prepared at the same time, or `None` for one for each processor. Defaults to
            `None`.

    Returns:
        `tf.data.Dataset` of tuples: images, float32 `(batch, size, size, 3)`, RGB, 0-255; and targets. Of
        classification these are labels, int32 `(batch,)` or float32 `(batch, classes)`; of segmentation masks, int32
        `(batch, size, size)`, with the label `ignore_class` where there is none; of detection a dict of `"boxes"`,
        float32 `(batch, max_boxes, 4)`, xyxy in pixels of the images, and `"labels"`, int32 `(batch, max_boxes)`, -1
        where there is no box. Its cardinality is the number of steps left.
    """
    plan = epoch_plan(len(source), config, seed, epoch, num_replicas)
    if not 0 <= first_step <= len(plan):
        raise ValueError(f"`first_step` must be in [0, {len(plan)}]. Received: first_step={first_step}")
    replicas = check_replicas(replicas, num_replicas)
    corrupt = CorruptImages(len(source), config.max_corrupt_share) if corrupt is None else corrupt
    sample_seed, batch_seed = tf.unstack(tf.random.split(tf.constant([seed, epoch], tf.int64), 2))
    if len(replicas) < num_replicas:
        batch_seed = tf.random.fold_in(batch_seed, replicas.start)
    sizes = tf.constant(plan.sizes, tf.int32)

    task = find_task(config)

    @without_conversion
    def prepare(step, batch):
        size = config.image_size if config.sampler == "fixed" else sizes[step]

        def prepare_sample(reference):
            seed = tf.random.fold_in(sample_seed, reference["position"])
            return task.training_sample(source, reference, size, seed, config)

        samples, found = map_skipping_errors(prepare_sample, batch, parallel_calls or os.cpu_count())
        samples = _fill(batch["name"], samples, found, corrupt)
        return task.training_batch(samples, tf.random.fold_in(batch_seed, step), config, len(source.class_names))

    steps = _steps(source, plan, seed if config.shuffle else None, epoch, first_step, replicas)
    dataset = steps.map(prepare, num_parallel_calls=STEPS_AT_ONCE, deterministic=True)
    dataset = dataset.map(lambda *batch: _with_static_count(batch, plan, replicas))
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(len(plan) - first_step))
    return dataset.prefetch(PREFETCHED).with_options(pipeline_options())


def _steps(source, plan, seed, epoch, first_step, replicas):
    """Pairs of the number of a step and its references, still to be loaded."""
    starts = plan.starts
    ends = tf.constant(starts[1:], tf.int64)
    batch_sizes = tf.constant(plan.batch_sizes, tf.int64)
    samples = source.references(seed, epoch).repeat().take(int(starts[-1]))
    samples = samples.enumerate().skip(int(starts[first_step]))
    samples = samples.map(lambda position, sample: {**sample, "position": position})

    def step_of(sample):
        return tf.searchsorted(ends, sample["position"][None], side="right", out_type=tf.int64)[0]

    def is_mine(sample):
        step = step_of(sample)
        offset = sample["position"] - (ends[step] - batch_sizes[step] * plan.num_replicas)
        replica = offset // batch_sizes[step]
        return (replicas.start <= replica) & (replica < replicas.stop)

    parts = len(replicas)
    if parts < plan.num_replicas:
        samples = samples.filter(is_mine)
    return samples.group_by_window(
        step_of,
        lambda step, window: window.batch(int(plan.batch_sizes.max()) * parts).map(lambda batch: (step, batch)),
        window_size_func=lambda step: batch_sizes[step] * parts,
    )


def check_replicas(replicas, num_replicas):
    """The range of replicas that an argument means, `None` for all."""
    replicas = range(num_replicas) if replicas is None else replicas
    if replicas.step != 1 or not 0 <= replicas.start < replicas.stop <= num_replicas:
        raise ValueError(f"`replicas` must be in [0, {num_replicas}), at least one. Received: replicas={replicas}")
    return replicas


def _fill(names, samples, found, corrupt):
    """A full batch of samples, neighbours in the place of those that were not found."""
    count = tf.size(names)
    with tf.control_dependencies([corrupt.add_missing(names, found), assert_any(found)]):
        return tf.cond(tf.size(found) == count, lambda: samples, lambda: fill_gaps(samples, found, count))


def assert_any(found):
    message = "No image of a batch can be read: check the data set, or take larger batches. The names are in the log."
    return tf.debugging.Assert(tf.size(found) > 0, [message])


def _with_static_count(batch, plan, replicas):
    """The same batch, its count known where it is the same in all steps."""
    count = int(plan.batch_sizes[0]) * len(replicas) if len(set(plan.batch_sizes)) == 1 else None
    return tf.nest.map_structure(lambda part: tf.ensure_shape(part, [count, *part.shape[1:]]), batch)


def pipeline_options():
    options = tf.data.Options()
    options.deterministic = True
    # Replicas take their parts by position.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return options
