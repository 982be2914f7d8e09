"""From a data set to the batches of an evaluation."""

import os
from dataclasses import replace

import numpy as np
import tensorflow as tf

from keras_mobilevitv3.backbones.variants import find_config
from training.data.corrupt_images import CorruptImages
from training.data.pipeline import (
    PREFETCHED,
    STEPS_AT_ONCE,
    assert_any,
    check_replicas,
    pipeline_options,
    without_conversion,
)
from training.data.skip_errors import map_skipping_errors
from training.data.tasks import find_task


def evaluation_config(config, variant):
    """Returns the settings of a data set for the evaluation of a network.

    They resize as the published evaluation of the network's family, and so as predictions and exported models do,
    however the recipe resizes training images.

    Args:
        config: `DataConfig`, `SegmentationDataConfig` or `DetectionDataConfig`.
        variant: String, an id of the table, or a `BackboneConfig`.
    """
    return replace(config, **find_config(variant).family.resize)


def evaluation_dataset(source, config, num_replicas=1, replicas=None, corrupt=None, parallel_calls=None):
    """Returns the batches of an evaluation, each image once.

    All batches have the same shape, and all replicas the same number of them, as several devices need: what is missing
    at the end, and images that cannot be read, are black images.

    Images are read by Pillow, turned upright as their EXIF data say, and resized by the function that predictions use:
    the pixels are those that `predict_classes`, `predict_segmentation` and `predict_detections` see, if `config` is
    that of `evaluation_config`.

    Classification: the shorter side is resized and the centre cropped. The black images have weight 0, the others
    `padded count / count`: with these weights the mean loss that Keras computes is that of the images alone. Use the
    weights for metrics too, in `compile(weighted_metrics=...)`.

    Segmentation and detection: images are squashed. Boxes and masks belong to the upright image; a mask of another
    size makes its image one that cannot be read. The black images have masks without a labelled pixel, or no boxes,
    which add nothing to a loss that is a mean over labelled pixels or matched anchors, nor to a confusion matrix. They
    are divided evenly, as the loss of a replica that has no other would be 0.

    Args:
        source: `Source`, `SegmentationSource` or `DetectionSource`, the data set.
        config: `DataConfig`, `SegmentationDataConfig` or `DetectionDataConfig`, that of the task; `eval_batch_size` is
            for one replica.
        num_replicas: Integer, over which each step is divided. Defaults to `1`.
        replicas: `range` of the replicas whose part of each step is returned, or `None` for all. Defaults to `None`.
        corrupt: `CorruptImages`, or `None` for one of its own. Defaults to `None`.
        parallel_calls: Integer, images prepared at the same time, or `None` for one for each processor. Defaults to
            `None`.

    Returns:
        `tf.data.Dataset` of tuples: images, float32 `(batch, size, size, 3)`, RGB, 0-255, targets as of `build_epoch`,
        and of classification weights, float32 `(batch,)`. The targets of detection also have `"image_id"`, `"height"`
        and `"width"`, int32 `(batch,)`: the number of the image in the data set, -1 of a black image, and its size
        before it was squashed. The cardinality is known.
    """
    replicas = check_replicas(replicas, num_replicas)
    corrupt = CorruptImages(len(source), config.max_corrupt_share) if corrupt is None else corrupt
    global_batch = config.eval_batch_size * num_replicas
    steps = min(-(-len(source) // global_batch), config.max_steps or len(source))
    count = min(len(source), steps * global_batch)
    weight = steps * global_batch / count

    task = find_task(config)

    @without_conversion
    def prepare(batch):
        samples, found = map_skipping_errors(
            lambda reference: task.evaluation_sample(source, reference, config),
            batch,
            parallel_calls or os.cpu_count(),
        )
        with tf.control_dependencies([corrupt.add_missing(batch["name"], found), assert_any(found)]):
            return tf.nest.map_structure(tf.identity, samples)

    batch_size = config.eval_batch_size * len(replicas)
    # Orders the batch by replica: replica i of n gets samples i, i + n, i + 2n, ...
    order = np.arange(batch_size).reshape(config.eval_batch_size, len(replicas)).T.ravel()

    def finish(*samples):
        weights = tf.fill([tf.shape(samples[0])[0]], weight)
        padding = (*task.padding(config), 0.0)
        *samples, weights = tf.nest.map_structure(
            lambda values, value: tf.gather(_pad(values, value, batch_size), order), (*samples, weights), padding
        )
        return task.evaluation_batch(tuple(samples), weights, config, len(source.class_names))

    def is_mine(position, _):
        replica = position % num_replicas
        return (replicas.start <= replica) & (replica < replicas.stop)

    samples = source.references().take(count).enumerate().filter(is_mine).map(lambda _, sample: sample)
    batches = samples.batch(batch_size).map(prepare, num_parallel_calls=STEPS_AT_ONCE, deterministic=True)
    nothing = tf.nest.map_structure(lambda spec: tf.zeros([0, *spec.shape[1:]], spec.dtype), batches.element_spec)
    batches = batches.concatenate(tf.data.Dataset.from_tensors(nothing).repeat()).take(steps)
    dataset = batches.map(finish)
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(steps))
    return dataset.prefetch(PREFETCHED).with_options(pipeline_options())


def _pad(values, padding, batch_size):
    """Values of shape `(count, ...)` and as many times the padding as makes `batch_size` of them."""
    missing = [[0, batch_size - tf.shape(values)[0]], *([0, 0] for _ in values.shape[1:])]
    padded = tf.pad(values, missing, constant_values=tf.cast(padding, values.dtype))
    return tf.ensure_shape(padded, [batch_size, *values.shape[1:]])
