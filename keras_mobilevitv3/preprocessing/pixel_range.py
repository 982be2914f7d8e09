"""Finds out whether a model takes pixel values 0-255 or 0-1."""

import keras
import numpy as np

from keras_mobilevitv3.array_types import Model, Tensor
from keras_mobilevitv3.layers import ConvNormAct
from keras_mobilevitv3.layers.nested_layers import nested_operations

# Largest mean or deviation of a `Normalization` of values 0-1. For values 0-255, mean and deviation are above 10.
LARGEST_OF_UNIT = 2.0
# Smallest scale for values 0-1. Models divide values 0-255 by 127.5 or 255.
SMALLEST_OF_UNIT = 1 / 16


def scales_pixels(model: Model) -> bool:
    """Returns whether a model takes pixel values 0-255 (`True`) or 0-1 (`False`).

    The function multiplies the scales of all layers and operations before the first layer with a kernel, including
    layers that a user put in front of the network. At a `Normalization`, the mean and the deviation decide.
    """
    scale = 1.0
    for layer in nested_operations(model):
        if isinstance(layer, keras.layers.Rescaling):
            scale *= float(np.max(layer.scale))
        elif isinstance(layer, keras.layers.Normalization):
            mean, deviation = (np.max(np.abs(value)) for value in _statistics(layer))
            return max(mean, deviation) / scale > LARGEST_OF_UNIT
        elif isinstance(layer, ConvNormAct) or getattr(layer, "kernel", None) is not None:
            break
        else:
            scale *= _factor(layer)
    return scale < SMALLEST_OF_UNIT


def _factor(operation):
    """Returns the factor of a multiplication or division by a constant, and 1 for other operations."""
    name = type(operation).__name__
    if name not in ("Multiply", "Divide", "TrueDivide") or isinstance(operation, keras.Layer):
        return 1.0
    given = operation._inbound_nodes[0].arguments
    operands = (*given.args, *given.kwargs.values())
    constants = [each for each in operands if not keras.utils.is_keras_tensor(each)]
    if len(constants) != 1 or (name != "Multiply" and not keras.utils.is_keras_tensor(operands[0])):
        return 1.0
    constant = float(np.max(np.abs(keras.ops.convert_to_numpy(constants[0]))))
    return constant if name == "Multiply" else 1.0 / (constant or 1.0)


def _statistics(layer):
    """Returns the mean and the standard deviation of a `Normalization`."""
    mean = keras.ops.convert_to_numpy(layer.mean)
    return mean, np.sqrt(keras.ops.convert_to_numpy(layer.variance))


def from_pixels(model: Model, images: Tensor) -> Tensor:
    """Converts images to the pixel values that a model takes.

    Args:
        model: Keras model.
        images: Float array or tensor, 0-255.

    Returns:
        Float array or tensor of the shape of `images`, 0-255 or 0-1; see `scales_pixels`.
    """
    return images if scales_pixels(model) else images / 255.0
