"""Samples and batches of detection: images and boxes."""

import numpy as np

from training.augment.horizontal_flip import random_horizontal_flip_with_boxes
from training.augment.opencv_distortion import opencv_distortion
from training.augment.pillow_distortion import pillow_distortion
from training.augment.resize import resize
from training.augment.ssd_crop import ssd_crop
from training.batches.samples import Samples

DISTORTIONS = {"opencv": opencv_distortion, "pillow": pillow_distortion}


def _training_sample(source, reference, size, rng, config):
    """Returns an augmented image, uint8 `(size, size, 3)`, and a dict of `max_boxes` boxes and labels."""
    image, boxes, labels = source.load(reference)
    boxes, labels = _boxes_in_image(boxes, labels, image, config)
    if config.random_crop:
        image, boxes, labels = ssd_crop(image, boxes, labels, rng, config.min_crop_size)
    if config.color_distortion in DISTORTIONS:
        image = DISTORTIONS[config.color_distortion](image, rng)
    if config.horizontal_flip:
        image, boxes = random_horizontal_flip_with_boxes(image, boxes, rng, config.horizontal_flip)
    boxes = _squash(boxes, image, size)
    image = resize(image, (size, size), config.interpolation, config.antialias)
    return image, _with_room(boxes, labels, config)


def _evaluation_sample(source, reference, config):
    """Returns a squashed image, and a dict of its boxes and labels, its id and its size before the squash."""
    # Imported here, because processes that prepare training batches import no Keras.
    from keras_mobilevitv3.preprocessing import resize_image

    image, boxes, labels = source.load(reference)
    height, width = image.shape[:2]
    boxes, labels = _boxes_in_image(boxes, labels, image, config)
    target = _with_room(_squash(boxes, image, config.image_size), labels, config)
    target |= {"image_id": source.image_id(reference), "height": height, "width": width}
    return resize_image(image, (config.image_size,) * 2, config.interpolation, config.antialias), target


def _boxes_in_image(boxes, labels, image, config):
    """Clips boxes to the image if the config has `clip_boxes`. Returns the boxes that are left and their labels."""
    if not config.clip_boxes:
        return boxes, labels
    height, width = image.shape[:2]
    boxes = np.clip(boxes, 0, np.array([width, height, width, height], "float32"))
    inside = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    return boxes[inside], labels[inside]


def _squash(boxes, image, size):
    """Returns the boxes of an image after the image is squashed to a height and width of `size`."""
    height, width = image.shape[:2]
    return boxes * (np.float32(size) / np.array([width, height, width, height], "float32"))


def _with_room(boxes, labels, config):
    """Returns a dict of `max_boxes` boxes and labels. Drops surplus boxes; fills up with boxes of label -1."""
    target = _without_boxes(config)
    count = min(len(labels), config.max_boxes)
    target["boxes"][:count], target["labels"][:count] = boxes[:count], labels[:count]
    return target


def _without_boxes(config):
    return {"boxes": np.zeros((config.max_boxes, 4), "float32"), "labels": np.full(config.max_boxes, -1, "int32")}


def _batch(samples):
    images, targets = zip(*samples)
    types = {"boxes": "float32"}
    targets = {key: np.array([target[key] for target in targets], types.get(key, "int32")) for key in targets[0]}
    return np.stack(images, dtype="float32"), targets


def _blank_sample(config, for_evaluation):
    target = _without_boxes(config)
    if for_evaluation:
        target |= {"image_id": -1, "height": 0, "width": 0}
    return np.zeros((config.image_size, config.image_size, 3), "uint8"), target


DETECTION = Samples(
    training_sample=_training_sample,
    training_batch=lambda samples, rng, config, num_classes: _batch(samples),
    evaluation_sample=_evaluation_sample,
    evaluation_batch=lambda samples, weights, config, num_classes: _batch(samples),
    blank_sample=_blank_sample,
)
