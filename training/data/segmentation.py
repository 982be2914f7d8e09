"""Samples and batches of segmentation: images and masks."""

import tensorflow as tf

from keras_mobilevitv3.preprocessing import resize_image
from training.augment import VOID
from training.augment.gaussian_blur import random_gaussian_blur
from training.augment.horizontal_flip import random_horizontal_flip
from training.augment.pillow_distortion import pillow_distortion
from training.augment.random_mask_crop import random_mask_crop
from training.augment.random_rotation import random_rotation
from training.augment.random_short_side import random_short_side
from training.augment.resize import resize_nearest
from training.data.decode import decode
from training.data.evaluation_image import evaluation_image
from training.data.task import Task


def _training_sample(source, reference, size, seed, config):
    """An augmented image, uint8 `(size, size, 3)`, and its mask, uint8 `(size, size)`."""
    seeds = tf.random.split(seed, 6)
    image, mask = load_pair(source, reference)
    how = {"interpolation": config.interpolation, "antialias": config.antialias, "nearest": config.nearest}
    if config.short_side is not None:
        image, mask = random_short_side(image, mask, seeds[0], config.short_side, config.max_long_side, **how)
    both = tf.concat([image, mask[..., None]], axis=-1)  # geometry in step
    if config.horizontal_flip:
        both = random_horizontal_flip(both, seeds[1], config.horizontal_flip)
    image, mask = random_mask_crop(
        both[..., :3],
        both[..., 3],
        seeds[2],
        size,
        padding=config.crop_padding,
        max_class_share=config.max_class_share,
        void=None if config.void_is_class else VOID,
        **how,
    )
    if config.gaussian_blur:
        image = random_gaussian_blur(image, seeds[3], config.gaussian_blur)
    if config.color_distortion:
        image = pillow_distortion(image, seeds[4])
    if config.max_rotation:
        image, mask = random_rotation(image, mask, seeds[5], config.max_rotation)
    return tf.ensure_shape(image, [size, size, 3]), tf.ensure_shape(mask, [size, size])


def _evaluation_sample(source, reference, config):
    """An image and its mask, both squashed."""
    image, mask = source.load(reference)
    size = config.image_size

    def squash(picture):
        return resize_image(picture, (size, size), config.interpolation, config.antialias)

    image, height, width = evaluation_image(image, squash, size)
    mask = resize_nearest(of_image_size(mask, (height, width)), (size, size), config.nearest)
    return image, tf.ensure_shape(mask, [size, size])


def load_pair(source, reference):
    """The decoded image of a reference and its mask. It fails if their sizes differ."""
    image, mask = source.load(reference)
    if image.dtype == tf.string:
        image = decode(image)
    return image, of_image_size(mask, tf.unstack(tf.shape(image)[:2]))


def of_image_size(mask, image_size):
    """A mask, if it has the height and width of its upright image; an `InvalidArgumentError` if not."""
    message = (
        "A mask must have the size of its image, which is shown upright if its EXIF data say that it is turned. Height "
        "and width of the image and of the mask:"
    )
    same = tf.reduce_all(tf.stack(image_size) == tf.shape(mask))
    with tf.control_dependencies([tf.debugging.Assert(same, [message, tf.stack(image_size), tf.shape(mask)])]):
        return tf.identity(mask)


def _batch(samples, config):
    images, masks = samples
    masks = tf.cast(masks, tf.int32)
    if config.ignore_class != VOID:
        masks = tf.where(masks == VOID, config.ignore_class, masks)
    return tf.cast(images, tf.float32), masks


SEGMENTATION = Task(
    training_sample=_training_sample,
    training_batch=lambda samples, seed, config, num_classes: _batch(samples, config),
    evaluation_sample=_evaluation_sample,
    evaluation_batch=lambda samples, weights, config, num_classes: _batch(samples, config),
    padding=lambda config: (0, VOID),
)
