"""Samples and batches of detection: images and boxes."""

import tensorflow as tf

from training.augment.horizontal_flip import random_horizontal_flip_with_boxes
from training.augment.opencv_distortion import opencv_distortion
from training.augment.pillow_distortion import pillow_distortion
from training.augment.resize import resize
from training.augment.ssd_crop import ssd_crop
from training.data.decode import decode
from training.data.task import Task

DISTORTIONS = {"opencv": opencv_distortion, "pillow": pillow_distortion}


def _training_sample(source, reference, size, seed, config):
    """An augmented image, uint8 `(size, size, 3)`, and its boxes and labels, `max_boxes` of them."""
    seeds = tf.random.split(seed, 3)
    image, boxes, labels = _load(source, reference, config)
    if config.random_crop:
        image, boxes, labels = ssd_crop(image, boxes, labels, seeds[0], config.min_crop_size)
    if config.color_distortion in DISTORTIONS:
        image = DISTORTIONS[config.color_distortion](image, seeds[1])
    if config.horizontal_flip:
        image, boxes = random_horizontal_flip_with_boxes(image, boxes, seeds[2], config.horizontal_flip)
    image, boxes = _squash(image, boxes, config)
    return image, _with_room(boxes, labels, config)


def _evaluation_sample(source, reference, config):
    image, boxes, labels = _load(source, reference, config)
    height, width = tf.unstack(tf.shape(image)[:2])
    image, boxes = _squash(image, boxes, config)
    return image, {
        **_with_room(boxes, labels, config),
        "image_id": tf.cast(reference["image_id"], tf.int32),
        "height": height,
        "width": width,
    }


def _load(source, reference, config):
    image, boxes, labels = source.load(reference)
    if image.dtype == tf.string:
        image = decode(image)
    if config.clip_boxes:
        height, width = tf.unstack(tf.cast(tf.shape(image)[:2], tf.float32))
        boxes = tf.clip_by_value(boxes, 0.0, tf.stack([width, height, width, height]))
        inside = tf.reduce_all(boxes[:, 2:] > boxes[:, :2], axis=1)
        boxes, labels = tf.boolean_mask(boxes, inside), tf.boolean_mask(labels, inside)
    return image, boxes, labels


def _squash(image, boxes, config):
    """The image at `image_size`, the boxes in pixels of it."""
    size = config.image_size
    height, width = tf.unstack(tf.cast(tf.shape(image)[:2], tf.float32))
    boxes = boxes * (float(size) / tf.stack([width, height, width, height]))
    image = resize(image, (size, size), config.interpolation, config.antialias)
    return tf.ensure_shape(image, [size, size, 3]), boxes


def _with_room(boxes, labels, config):
    """Boxes and labels, as many as `max_boxes`: of more the first ones, of fewer with -1 as label of the others."""
    boxes, labels = boxes[: config.max_boxes], labels[: config.max_boxes]
    missing = config.max_boxes - tf.size(labels)
    boxes = tf.pad(boxes, [[0, missing], [0, 0]])
    labels = tf.pad(labels, [[0, missing]], constant_values=-1)
    return {
        "boxes": tf.ensure_shape(boxes, [config.max_boxes, 4]),
        "labels": tf.ensure_shape(labels, [config.max_boxes]),
    }


def _batch(samples):
    images, targets = samples
    return tf.cast(images, tf.float32), targets


DETECTION = Task(
    training_sample=_training_sample,
    training_batch=lambda samples, seed, config, num_classes: _batch(samples),
    evaluation_sample=_evaluation_sample,
    evaluation_batch=lambda samples, weights, config, num_classes: _batch(samples),
    padding=lambda config: (0, {"boxes": 0, "labels": -1, "image_id": -1, "height": 0, "width": 0}),
)
