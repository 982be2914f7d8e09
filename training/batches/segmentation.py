"""Samples and batches of segmentation: images and masks."""

import numpy as np

from training.augment import VOID
from training.augment.gaussian_blur import random_gaussian_blur
from training.augment.horizontal_flip import random_horizontal_flip_with_mask
from training.augment.pillow_distortion import pillow_distortion
from training.augment.random_mask_crop import random_mask_crop
from training.augment.random_rotation import random_rotation
from training.augment.random_short_side import random_short_side
from training.augment.resize import resize_nearest
from training.batches.samples import Samples


def _training_sample(source, reference, size, rng, config):
    """Returns an augmented image, uint8 `(size, size, 3)`, and its mask, uint8 `(size, size)`."""
    image, mask = source.load(reference)
    how = {"interpolation": config.interpolation, "antialias": config.antialias, "nearest": config.nearest}
    if config.short_side is not None:
        image, mask = random_short_side(image, mask, rng, config.short_side, config.max_long_side, **how)
    if config.horizontal_flip:
        image, mask = random_horizontal_flip_with_mask(image, mask, rng, config.horizontal_flip)
    image, mask = random_mask_crop(
        image,
        mask,
        rng,
        size,
        padding=config.crop_padding,
        max_class_share=config.max_class_share,
        void=None if config.void_is_class else VOID,
        **how,
    )
    if config.gaussian_blur:
        image = random_gaussian_blur(image, rng, config.gaussian_blur)
    if config.color_distortion:
        image = pillow_distortion(image, rng)
    if config.max_rotation:
        image, mask = random_rotation(image, mask, rng, config.max_rotation)
    return image, mask


def _evaluation_sample(source, reference, config):
    """Returns an image and its mask, both squashed."""
    # Imported here, because processes that prepare training batches import no Keras.
    from keras_mobilevitv3.preprocessing import resize_image

    image, mask = source.load(reference)
    size = (config.image_size, config.image_size)
    image = resize_image(image, size, config.interpolation, config.antialias)
    return image, resize_nearest(mask, size, config.nearest)


def _batch(samples, config):
    images, masks = zip(*samples)
    masks = np.stack(masks).astype("int32")
    masks[masks == VOID] = config.ignore_class
    return np.stack(images, dtype="float32"), masks


def _blank_sample(config, for_evaluation):
    size = (config.image_size, config.image_size)
    return np.zeros((*size, 3), "uint8"), np.full(size, VOID, "uint8")


SEGMENTATION = Samples(
    training_sample=_training_sample,
    training_batch=lambda samples, rng, config, num_classes: _batch(samples, config),
    evaluation_sample=_evaluation_sample,
    evaluation_batch=lambda samples, weights, config, num_classes: _batch(samples, config),
    blank_sample=_blank_sample,
)
