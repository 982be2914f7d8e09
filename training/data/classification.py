"""Samples and batches of classification: images and labels."""

import tensorflow as tf

from keras_mobilevitv3.classification.model_input import ResizeAndCrop
from keras_mobilevitv3.preprocessing.published_evaluation import evaluation_resize_size
from training.augment.horizontal_flip import random_horizontal_flip
from training.augment.mixup_cutmix import mixup_or_cutmix
from training.augment.rand_augment import rand_augment
from training.augment.random_erasing import random_erasing
from training.augment.random_resized_crop import crop, sample_crop
from training.augment.resize import resize
from training.data.decode import decode_box
from training.data.evaluation_image import evaluation_image
from training.data.task import Task


def _training_sample(source, reference, size, seed, config):
    """An augmented image, uint8 `(size, size, 3)`, and its label."""
    seeds = tf.random.split(seed, 4)

    def choose_box(height, width):
        if not config.random_crop:
            return tf.stack([0, 0, height, width])
        return sample_crop(seeds[0], height, width, config.crop_scale, config.crop_ratio)

    image = source.load(reference)
    if image.dtype == tf.string:
        image = decode_box(image, choose_box)
    else:
        image = crop(image, choose_box(tf.shape(image)[0], tf.shape(image)[1]))
    image = resize(image, tf.stack([size, size]), config.interpolation, config.antialias)
    image = tf.ensure_shape(image, [*_static_size(config), 3])
    if config.horizontal_flip:
        image = random_horizontal_flip(image, seeds[1], config.horizontal_flip)
    if config.rand_augment_operations:
        image = rand_augment(image, seeds[2], config.rand_augment_operations, config.rand_augment_magnitude)
    if config.random_erasing:
        image = random_erasing(image, seeds[3], config.random_erasing)
    return tf.ensure_shape(image, [*_static_size(config), 3]), reference["label"]


def _static_size(config):
    return (config.image_size, config.image_size) if config.sampler == "fixed" else (None, None)


def _training_batch(samples, seed, config, num_classes):
    images, labels = samples
    images = tf.cast(images, tf.float32)
    if config.labels == "int":
        return images, tf.cast(labels, tf.int32)
    labels = tf.one_hot(labels, num_classes)
    return mixup_or_cutmix(images, labels, seed, config.mixup_alpha, config.cutmix_alpha, config.mix_probability)


def _evaluation_sample(source, reference, config):
    """The centre of an image, its shorter side resized, and its label."""
    size = config.eval_image_size
    resize_size = config.eval_resize_size or evaluation_resize_size(size)
    resize_and_crop = ResizeAndCrop(resize_size, (size, size), config.interpolation, config.antialias)
    image, *_ = evaluation_image(source.load(reference), resize_and_crop, size)
    return image, reference["label"]


def _evaluation_batch(samples, weights, config, num_classes):
    images, labels = samples
    labels = tf.cast(labels, tf.int32) if config.labels == "int" else tf.one_hot(labels, num_classes)
    return tf.cast(images, tf.float32), labels, weights


CLASSIFICATION = Task(_training_sample, _training_batch, _evaluation_sample, _evaluation_batch, lambda config: (0, 0))
