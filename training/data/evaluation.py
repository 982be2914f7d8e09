"""From a data set to the batches of an evaluation."""

import os

import tensorflow as tf

from training.augment.random_resized_crop import crop
from training.augment.resize import resize
from training.data.corrupt_images import CorruptImages
from training.data.decode import decode
from training.data.pipeline import (
    PREFETCHED,
    STEPS_AT_ONCE,
    assert_any,
    check_replicas,
    pipeline_options,
    without_conversion,
)
from training.data.skip_errors import map_skipping_errors


def evaluation_dataset(source, config, num_replicas=1, replicas=None, corrupt=None, parallel_calls=None):
    """Returns the batches of an evaluation: the shorter side resized, the centre cropped, each image once.

    All batches have the same shape, and all replicas the same number of them, as several devices need: what is missing
    at the end, and images that cannot be read, are black images of weight 0. The others have the weight
    `padded count / count`, with which the mean loss that Keras computes is that of the images alone. Use the weights
    for metrics too, in `compile(weighted_metrics=...)`.

    The images are those of `keras_mobilevitv3.preprocessing.EvaluationTransform` to one level, but for the orientation
    in EXIF data, which is not applied.

    Args:
        source: `Source`, the data set.
        config: `DataConfig`; `eval_batch_size` is for one replica.
        num_replicas: Integer, over which each step is divided. Defaults to `1`.
        replicas: `range` of the replicas whose part of each step is returned, or `None` for all. Defaults to `None`.
        corrupt: `CorruptImages`, or `None` for one of its own. Defaults to `None`.
        parallel_calls: Integer, images prepared at the same time, or `None` for one for each processor. Defaults to
            `None`.

    Returns:
        `tf.data.Dataset` of tuples: images, float32 `(batch, eval_image_size, eval_image_size, 3)`, RGB, 0-255; labels,
        int32 `(batch,)` or float32 `(batch, classes)`; and weights, float32 `(batch,)`. The cardinality is known.
    """
    replicas = check_replicas(replicas, num_replicas)
    corrupt = CorruptImages(len(source), config.max_corrupt_share) if corrupt is None else corrupt
    global_batch = config.eval_batch_size * num_replicas
    steps = min(-(-len(source) // global_batch), config.max_steps or len(source))
    count = min(len(source), steps * global_batch)
    weight = steps * global_batch / count

    @without_conversion
    def prepare(batch):
        images, found = map_skipping_errors(
            lambda sample: _evaluation_image(source, sample, config), batch, parallel_calls or os.cpu_count()
        )
        with tf.control_dependencies([corrupt.add_missing(batch["name"], found), assert_any(found)]):
            return tf.cast(images, tf.float32), tf.gather(batch["label"], found)

    def is_mine(position, _):
        replica = position % global_batch // config.eval_batch_size
        return (replicas.start <= replica) & (replica < replicas.stop)

    samples = source.references().take(count).enumerate().filter(is_mine).map(lambda _, sample: sample)
    size, batch_size = config.eval_image_size, config.eval_batch_size * len(replicas)
    batches = samples.batch(batch_size).map(prepare, num_parallel_calls=STEPS_AT_ONCE, deterministic=True)
    nothing = tf.zeros([0, size, size, 3]), tf.zeros([0], tf.int64)
    batches = batches.concatenate(tf.data.Dataset.from_tensors(nothing).repeat()).take(steps)
    dataset = batches.map(lambda *batch: _padded(batch, batch_size, weight, config, len(source.class_names)))
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(steps))
    return dataset.prefetch(PREFETCHED).with_options(pipeline_options())


def _padded(batch, batch_size, weight, config, num_classes):
    images, labels = batch
    count = tf.shape(images)[0]
    missing = batch_size - count
    size = config.eval_image_size
    images = tf.ensure_shape(tf.pad(images, [[0, missing], [0, 0], [0, 0], [0, 0]]), [batch_size, size, size, 3])
    labels = tf.ensure_shape(tf.pad(labels, [[0, missing]]), [batch_size])
    weights = tf.ensure_shape(tf.pad(tf.fill([count], weight), [[0, missing]]), [batch_size])
    labels = tf.cast(labels, tf.int32) if config.labels == "int" else tf.one_hot(labels, num_classes)
    return images, labels, weights


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
