"""RandAugment: a few operations drawn from fourteen, all at one magnitude."""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from training.augment import color_operations, geometric_operations


class Operation(NamedTuple):
    """One operation.

    Attributes:
        apply: Callable of a uint8 image and a magnitude.
        magnitude: Callable of the strength in [0, 1] and the height and width of the image, or `None` if the operation
            takes no magnitude.
        signed: Boolean, whether the magnitude is made negative half of the time.
    """

    apply: Callable
    magnitude: Callable | None = None
    signed: bool = False


def _share(greatest):
    """Magnitude from 0 to `greatest`, whatever the size of the image."""
    return lambda strength, height, width: greatest * strength


OPERATIONS = {
    "identity": Operation(lambda image: image),
    "shear_x": Operation(geometric_operations.shear_x, _share(0.3), signed=True),
    "shear_y": Operation(geometric_operations.shear_y, _share(0.3), signed=True),
    "translate_x": Operation(
        geometric_operations.translate_x, lambda strength, height, width: 150 / 331 * strength * width, signed=True
    ),
    "translate_y": Operation(
        geometric_operations.translate_y, lambda strength, height, width: 150 / 331 * strength * height, signed=True
    ),
    "rotate": Operation(geometric_operations.rotate, _share(30.0), signed=True),
    "brightness": Operation(color_operations.brightness, _share(0.9), signed=True),
    "color": Operation(color_operations.color, _share(0.9), signed=True),
    "contrast": Operation(color_operations.contrast, _share(0.9), signed=True),
    "sharpness": Operation(color_operations.sharpness, _share(0.9), signed=True),
    "posterize": Operation(color_operations.posterize, lambda strength, height, width: 8 - round(4 * strength)),
    "solarize": Operation(color_operations.solarize, lambda strength, height, width: 255.0 * (1.0 - strength)),
    "auto_contrast": Operation(color_operations.auto_contrast),
    "equalize": Operation(color_operations.equalize),
}


def apply_operation(name, image, strength=0.3, negative=False):
    """Applies one operation of `OPERATIONS` to a uint8 image.

    Args:
        name: String, a key of `OPERATIONS`.
        image: Uint8 tensor of shape `(height, width, 3)`, RGB, 0-255.
        strength: Float in [0, 1], share of the greatest magnitude. Defaults to `0.3`.
        negative: Boolean or scalar boolean tensor, whether to make the magnitude of a signed operation negative.
            Defaults to `False`.

    Returns:
        Uint8 tensor of the shape of `image`.
    """
    operation = OPERATIONS[name]
    if operation.magnitude is None:
        return operation.apply(image)
    height, width = (tf.cast(size, tf.float64) for size in tf.unstack(tf.shape(image)[:2]))
    magnitude = operation.magnitude(strength, height, width)
    if operation.signed:
        sign = tf.where(negative, tf.constant(-1.0, tf.float64), tf.constant(1.0, tf.float64))
        magnitude = sign * tf.cast(magnitude, tf.float64)
    return operation.apply(image, magnitude)


def rand_augment(image, seed, num_operations=2, magnitude=9, num_bins=31):
    """Applies operations drawn from the fourteen of `OPERATIONS`, with replacement, all at one strength.

    At the defaults: shear by 0.09, shift by 13.6 % of the size, turn by 9 degrees, brightness, colour, contrast and
    sharpness by 0.27, 7 bits, solarize at 178.5. Signed ones go either way with equal probability.
    `keras.layers.RandAugment` has no identity, no posterize and no sharpness of this meaning, draws each operation at
    most once and its strength at random.

    Args:
        image: Tensor of shape `(height, width, 3)`, RGB, whole levels 0-255.
        seed: Integer tensor of shape `(2,)`.
        num_operations: Integer, how many to apply. Defaults to `2`.
        magnitude: Integer in [0, num_bins), strength. Defaults to `9`.
        num_bins: Integer, number of strengths. Defaults to `31`.

    Returns:
        Uint8 tensor of the shape of `image`.
    """
    if not 0 <= magnitude < num_bins:
        raise ValueError(f"`magnitude` must be in [0, num_bins). Received: magnitude={magnitude}, num_bins={num_bins}")
    strength = magnitude / (num_bins - 1)
    image = tf.cast(image, tf.uint8)
    for operation_seed in tf.unstack(tf.random.split(seed, num_operations), num=num_operations):
        chosen, negative = sample_operation(operation_seed)
        image = _apply_chosen(image, chosen, strength, negative)
    return image


def sample_operation(seed):
    """Draws the index of an operation and whether its magnitude is negative, as scalar tensors."""
    seeds = tf.random.split(seed, 2)
    chosen = tf.random.stateless_uniform([], seeds[0], 0, len(OPERATIONS), tf.int32)
    return chosen, tf.random.stateless_uniform([], seeds[1]) < 0.5


@tf.function(autograph=False, reduce_retracing=True)  # traced once for all operations of all epochs
def _apply_chosen(image, chosen, strength, negative):
    def branch(name):
        return lambda: apply_operation(name, image, strength, negative)

    return tf.switch_case(chosen, [branch(name) for name in OPERATIONS])
