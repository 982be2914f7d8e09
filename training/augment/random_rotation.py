"""Turning an image and its mask by a random angle."""

import tensorflow as tf

from training.augment import VOID
from training.augment.geometric_operations import rotate, rotate_nearest


def random_rotation(image, mask, seed, max_degrees=10.0):
    """Turns an image and its mask about the centre by an angle uniform between `-max_degrees` and `max_degrees`.

    What comes from outside is black in the image, which is interpolated bilinearly, and void in the mask, of which the
    nearest pixel is taken. `keras.layers.RandomRotation` does not turn masks with another fill.

    Args:
        image: Uint8 tensor of shape `(height, width, 3)`, RGB, 0-255.
        mask: Uint8 tensor of shape `(height, width)`.
        seed: Integer tensor of shape `(2,)`.
        max_degrees: Float. Defaults to `10.0`.

    Returns:
        Tuple of image and mask.
    """
    angle = tf.random.stateless_uniform([], seed, -max_degrees, max_degrees, tf.float64)
    return rotate(image, angle), rotate_nearest(mask, angle, VOID)
