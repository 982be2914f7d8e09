"""Samples and batches of detection: images and boxes."""

import tensorflow as tf

from keras_mobilevitv3.preprocessing import resize_image
from training.augment.horizontal_flip import random_horizontal_flip_with_boxes
from training.augment.opencv_distortion import opencv_distortion
from training.augment.pillow_distortion import pillow_distortion
from training.augment.resize import resize
from training.augment.ssd_crop import ssd_crop
from training.data.decode import decode
from training.data.evaluation_image import evaluation_image
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
    """An image, squashed, and its boxes, the number of the image and its size before it was squashed."""
    image, boxes, labels = source.load(reference)
    size = config.image_size

    def squash(picture):
        return resize_image(picture, (size, size), config.interpolation, config.antialias)

    image, height, width = evaluation_image(image, squash, size)
    boxes, labels = _boxes_in_image(boxes, labels, (height, width), config)
    boxes = boxes * _squashing(height, width, size)
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
    return image, *_boxes_in_image(boxes, labels, tf.unstack(tf.shape(image)[:2]), config)


def _boxes_in_image(boxes, labels, image_size, config):
    """With `clip_boxes`, the parts of the boxes that lie in the image, and their labels."""
    if not config.clip_boxes:
        return boxes, labels
    height, width = tf.unstack(tf.cast(tf.stack(image_size), tf.float32))
    boxes = tf.clip_by_value(boxes, 0.0, tf.stack([width, height, width, height]))
    inside = tf.reduce_all(boxes[:, 2:] > boxes[:, :2], axis=1)
    return tf.boolean_mask(boxes, inside), tf.boolean_mask(labels, inside)


def _squash(image, boxes, config):
    """The image at `image_size`, the boxes in pixels of it."""
    size = config.image_size
    boxes = boxes * _squashing(*tf.unstack(tf.shape(image)[:2]), size)
    image = resize(image, (size, size), config.interpolation, config.antialias)
    return tf.ensure_shape(image, [size, size, 3]), boxes


def _squashing(height, width, size):
    """What squashing an image to `size` multiplies the coordinates of boxes by."""
    return float(size) / tf.cast(tf.stack([width, height, width, height]), tf.float32)


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
