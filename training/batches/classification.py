"""Samples and batches of classification: images and labels."""

import numpy as np

from training.augment.horizontal_flip import random_horizontal_flip
from training.augment.mixup_cutmix import mixup_or_cutmix
from training.augment.rand_augment import rand_augment
from training.augment.random_erasing import random_erasing
from training.augment.random_resized_crop import random_resized_crop
from training.augment.resize import resize
from training.batches.samples import Samples


def _training_sample(source, reference, size, rng, config):
    """Returns an augmented image, uint8 `(size, size, 3)`, and its label."""
    image, label = source.load(reference)
    how = (config.interpolation, config.antialias)
    if config.random_crop:
        image = random_resized_crop(image, rng, (size, size), config.crop_scale, config.crop_ratio, *how)
    else:
        image = resize(image, (size, size), *how)
    if config.horizontal_flip:
        image = random_horizontal_flip(image, rng, config.horizontal_flip)
    if config.rand_augment_operations:
        image = rand_augment(image, rng, config.rand_augment_operations, config.rand_augment_magnitude)
    if config.random_erasing:
        image = random_erasing(image, rng, config.random_erasing)
    return image, label


def _training_batch(samples, rng, config, num_classes):
    images, labels = _batch(samples, config, num_classes)
    if config.mixup_alpha or config.cutmix_alpha:
        alphas = (config.mixup_alpha, config.cutmix_alpha)
        images, labels = mixup_or_cutmix(images, labels, rng, *alphas, config.mix_probability)
    if not config.class_weights:
        return images, labels
    weights = np.array(config.class_weights, "float32")
    return images, labels, weights[labels] if config.labels == "int" else labels @ weights


def _evaluation_sample(source, reference, config):
    """Resizes the shorter side of an image. Returns the center of the image and its label."""
    # Imported here, because processes that prepare training batches import no Keras.
    from keras_mobilevitv3.classification.model_input import ResizeAndCrop
    from keras_mobilevitv3.preprocessing.published_evaluation import evaluation_resize_size

    size = config.evaluation_size
    resize_size = config.eval_resize_size or evaluation_resize_size(size)
    image, label = source.load(reference)
    return ResizeAndCrop(resize_size, (size, size), config.interpolation, config.antialias)(image), label


def _evaluation_batch(samples, weights, config, num_classes):
    return *_batch(samples, config, num_classes), weights


def _batch(samples, config, num_classes):
    """Returns images, float32, and labels, int32 `(batch,)` or float32 `(batch, num_classes)`."""
    images, labels = zip(*samples)
    images = np.stack(images, dtype="float32")
    if config.labels != "several" and any(np.ndim(label) for label in labels):
        raise ValueError(
            "`data.labels` must be 'several' for a data set of images with several labels. "
            f"Received: labels={config.labels!r}"
        )
    if config.labels == "int":
        return images, np.array(labels, "int32")
    one_hot = np.eye(num_classes, dtype="float32")
    return images, np.stack([label if np.ndim(label) else one_hot[label] for label in labels])


def _blank_sample(config, for_evaluation):
    size = config.evaluation_size if for_evaluation else config.image_size
    return np.zeros((size, size, 3), "uint8"), 0


CLASSIFICATION = Samples(_training_sample, _training_batch, _evaluation_sample, _evaluation_batch, _blank_sample)
