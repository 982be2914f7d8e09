"""From a data set to the batches of an epoch."""

import os

import tensorflow as tf

from training.augment.horizontal_flip import random_horizontal_flip
from training.augment.mixup_cutmix import mixup_or_cutmix
from training.augment.rand_augment import rand_augment
from training.augment.random_erasing import random_erasing
from training.augment.random_resized_crop import crop, sample_crop
from training.augment.resize import resize
from training.data.corrupt_images import CorruptImages
from training.data.decode import decode_box
from training.data.fixed_size_sampler import FixedSizeSampler
from training.data.multi_scale_sampler import MultiScaleSampler
from training.data.skip_errors import fill_gaps, map_skipping_errors

STEPS_AT_ONCE = 2  # batches prepared at the same time, so that one may wait for its last image
PREFETCHED = 2

# Nothing here is Python control flow to be converted; converting takes seconds for each epoch.
without_conversion = tf.autograph.experimental.do_not_convert


def epoch_plan(num_samples, config, seed, epoch, num_replicas=1):
    """Returns the `EpochPlan` of an epoch, as `build_epoch` follows it.

    Args:
        num_samples: Integer, samples in the data set.
        config: `DataConfig`.
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
        source: `Source`, the data set.
        config: `DataConfig`.
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
        `tf.data.Dataset` of tuples: images, float32 `(batch, size, size, 3)`, RGB, 0-255; and labels, int32 `(batch,)`
        or float32 `(batch, classes)`. Its cardinality is the number of steps left.
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

    @without_conversion
    def prepare(step, batch):
        size = config.image_size if config.sampler == "fixed" else sizes[step]
        images, found = map_skipping_errors(
            lambda sample: _training_image(source, sample, size, sample_seed, config),
            batch,
            parallel_calls or os.cpu_count(),
        )
        images, labels = _skip(batch, images, found, corrupt)
        return _finish(images, labels, tf.random.fold_in(batch_seed, step), config, len(source.class_names))

    steps = _steps(source, plan, seed if config.shuffle else None, epoch, first_step, replicas)
    dataset = steps.map(prepare, num_parallel_calls=STEPS_AT_ONCE, deterministic=True)
    dataset = dataset.map(lambda *batch: _with_static_shape(batch, plan, replicas, config))
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


def _training_image(source, sample, size, seed, config):
    """One augmented image, uint8 `(size, size, 3)`."""
    seeds = tf.random.split(tf.random.fold_in(seed, sample["position"]), 4)

    def choose_box(height, width):
        if not config.random_crop:
            return tf.stack([0, 0, height, width])
        return sample_crop(seeds[0], height, width, config.crop_scale, config.crop_ratio)

    image = source.load(sample)
    if image.dtype == tf.string:
        image = decode_box(image, choose_box)
    else:
        image = crop(image, choose_box(tf.shape(image)[0], tf.shape(image)[1]))
    image = resize(image, tf.stack([size, size]), config.interpolation, config.antialias)
    image = tf.ensure_shape(image, [None, None, 3])
    if config.horizontal_flip:
        image = random_horizontal_flip(image, seeds[1], config.horizontal_flip)
    if config.rand_augment_operations:
        image = rand_augment(image, seeds[2], config.rand_augment_operations, config.rand_augment_magnitude)
    if config.random_erasing:
        image = random_erasing(image, seeds[3], config.random_erasing)
    return image


def _skip(batch, images, found, corrupt):
    """Images and labels of a full batch, neighbours in the place of those that were not found."""
    count = tf.size(batch["label"])
    with tf.control_dependencies([corrupt.add_missing(batch["name"], found)]):
        labels = tf.gather(batch["label"], found)
    with tf.control_dependencies([assert_any(found)]):
        return tf.cond(
            tf.size(found) == count, lambda: (images, labels), lambda: fill_gaps((images, labels), found, count)
        )


def assert_any(found):
    message = "No image of a batch can be read: check the data set, or take larger batches. The names are in the log."
    return tf.debugging.Assert(tf.size(found) > 0, [message])


def _finish(images, labels, seed, config, num_classes):
    images = tf.cast(images, tf.float32)
    if config.labels == "int":
        return images, tf.cast(labels, tf.int32)
    labels = tf.one_hot(labels, num_classes)
    return mixup_or_cutmix(images, labels, seed, config.mixup_alpha, config.cutmix_alpha, config.mix_probability)


def _with_static_shape(batch, plan, replicas, config):
    """The same batch, its shape known where it is the same in all steps."""
    images, labels = batch
    parts = len(replicas)
    count = int(plan.batch_sizes[0]) * parts if len(set(plan.batch_sizes)) == 1 else None
    size = config.image_size if config.sampler == "fixed" else None
    return tf.ensure_shape(images, [count, size, size, 3]), tf.ensure_shape(labels, [count, *labels.shape[1:]])


def pipeline_options():
    options = tf.data.Options()
    options.deterministic = True
    # Replicas take their parts by position.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return options
