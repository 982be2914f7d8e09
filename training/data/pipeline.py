"""From a data set to the batches of an epoch, and of an evaluation."""

import os

import tensorflow as tf

from training.augment.horizontal_flip import random_horizontal_flip
from training.augment.mixup_cutmix import mixup_or_cutmix
from training.augment.rand_augment import rand_augment
from training.augment.random_erasing import random_erasing
from training.augment.random_resized_crop import crop, sample_crop
from training.augment.resize import resize
from training.data.corrupt_images import CorruptImages
from training.data.decode import decode, decode_box
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
    return sampler.plan(seed, epoch)


def build_epoch(
    source, config, seed, epoch, first_step=0, num_replicas=1, replica=None, corrupt=None, parallel_calls=None
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
        replica: Integer, return only the part of this replica, or `None` for the batches of all replicas together.
            MixUp and CutMix mix within what is returned, with numbers of their own on each replica. Defaults to `None`.
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
    if replica is not None and not 0 <= replica < num_replicas:
        raise ValueError(f"`replica` must be in [0, {num_replicas}). Received: replica={replica}")
    corrupt = CorruptImages(len(source), config.max_corrupt_share) if corrupt is None else corrupt
    sample_seed, batch_seed = tf.unstack(tf.random.split(tf.constant([seed, epoch], tf.int64), 2))
    if replica is not None:
        batch_seed = tf.random.fold_in(batch_seed, replica)
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

    steps = _steps(source, plan, seed if config.shuffle else None, epoch, first_step, replica)
    dataset = steps.map(prepare, num_parallel_calls=STEPS_AT_ONCE, deterministic=True)
    dataset = dataset.map(lambda *batch: _with_static_shape(batch, plan, replica, config))
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(len(plan) - first_step))
    return dataset.prefetch(PREFETCHED).with_options(_options())


def _steps(source, plan, seed, epoch, first_step, replica):
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
        return offset // batch_sizes[step] == replica

    if replica is not None:
        samples = samples.filter(is_mine)
    parts = plan.num_replicas if replica is None else 1
    return samples.group_by_window(
        step_of,
        lambda step, window: window.batch(int(plan.batch_sizes.max()) * parts).map(lambda batch: (step, batch)),
        window_size_func=lambda step: batch_sizes[step] * parts,
    )


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
    with tf.control_dependencies([_assert_any(found)]):
        return tf.cond(
            tf.size(found) == count, lambda: (images, labels), lambda: fill_gaps((images, labels), found, count)
        )


def _assert_any(found):
    message = "No image of a batch can be read: check the data set, or take larger batches. The names are in the log."
    return tf.debugging.Assert(tf.size(found) > 0, [message])


def _finish(images, labels, seed, config, num_classes):
    images = tf.cast(images, tf.float32)
    if config.labels == "int":
        return images, tf.cast(labels, tf.int32)
    labels = tf.one_hot(labels, num_classes)
    return mixup_or_cutmix(images, labels, seed, config.mixup_alpha, config.cutmix_alpha, config.mix_probability)


def _with_static_shape(batch, plan, replica, config):
    """The same batch, its shape known where it is the same in all steps."""
    images, labels = batch
    parts = plan.num_replicas if replica is None else 1
    count = int(plan.batch_sizes[0]) * parts if len(set(plan.batch_sizes)) == 1 else None
    size = config.image_size if config.sampler == "fixed" else None
    return tf.ensure_shape(images, [count, size, size, 3]), tf.ensure_shape(labels, [count, *labels.shape[1:]])


def _options():
    options = tf.data.Options()
    options.deterministic = True
    # Replicas take their parts by position.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return options


def evaluation_dataset(source, config, num_replicas=1, replica=0, corrupt=None, parallel_calls=None):
    """Returns the batches of an evaluation: the shorter side resized, the centre cropped, each image once.

    The images are those of `keras_mobilevitv3.preprocessing.EvaluationTransform` to one level, but for the orientation
    in EXIF data, which is not applied. An image that cannot be read is left out of its batch.

    Args:
        source: `Source`, the data set.
        config: `DataConfig`.
        num_replicas: Integer, over which the images are divided. Defaults to `1`.
        replica: Integer, return every `num_replicas`-th image from this one on. Defaults to `0`.
        corrupt: `CorruptImages`, or `None` for one of its own. Defaults to `None`.
        parallel_calls: Integer, images prepared at the same time, or `None` for one for each processor. Defaults to
            `None`.

    Returns:
        `tf.data.Dataset` of tuples: images, float32 `(batch, eval_image_size, eval_image_size, 3)`, RGB, 0-255; and
        labels, int32 `(batch,)` or float32 `(batch, classes)`. The last batch may be smaller; the
        cardinality is known.
    """
    corrupt = CorruptImages(len(source), config.max_corrupt_share) if corrupt is None else corrupt

    @without_conversion
    def prepare(batch):
        images, found = map_skipping_errors(
            lambda sample: _evaluation_image(source, sample, config), batch, parallel_calls or os.cpu_count()
        )
        with tf.control_dependencies([corrupt.add_missing(batch["name"], found), _assert_any(found)]):
            images, labels = tf.cast(images, tf.float32), tf.gather(batch["label"], found)
        if config.labels == "int":
            return images, tf.cast(labels, tf.int32)
        return images, tf.one_hot(labels, len(source.class_names))

    batches = source.references().shard(num_replicas, replica).batch(config.eval_batch_size)
    dataset = batches.map(prepare, num_parallel_calls=STEPS_AT_ONCE, deterministic=True)
    images = -(-(len(source) - replica) // num_replicas)
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(-(-images // config.eval_batch_size)))
    return dataset.prefetch(PREFETCHED).with_options(_options())


def _evaluation_image(source, sample, config):
    image = source.load(sample)
    if image.dtype == tf.string:
        image = decode(image)
    height, width = tf.unstack(tf.shape(image)[:2])
    shorter = tf.minimum(height, width)
    resized = config.eval_resize_size * tf.stack([height, width]) // shorter
    image = resize(image, resized, config.interpolation, config.antialias)
    size = config.eval_image_size
    corner = (resized - size) // 2
    return tf.ensure_shape(crop(image, tf.concat([corner, [size, size]], axis=0)), [size, size, 3])
