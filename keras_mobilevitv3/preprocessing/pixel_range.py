"""The range of pixel values that a model takes: 0-255 or 0-1."""

import keras
import numpy as np

from keras_mobilevitv3.array_types import Model, Tensor
from keras_mobilevitv3.layers import ConvNormAct
from keras_mobilevitv3.layers.nested_layers import nested_operations

LARGEST_OF_UNIT = 2.0  # mean or deviation of values 0-1; those of 0-255 are tens


SMALLEST_OF_UNIT = 1 / 16  # what values 0-1 may be multiplied by; those of 0-255 are divided by 127.5 or 255


def scales_pixels(model: Model) -> bool:
    """Whether a model takes pixel values 0-255, and not 0-1.

    The layers and operations before the first one with a kernel tell: what all `Rescaling` layers and operations
    multiply by, the ones of the user in front of the network too, and the mean and deviation of a `Normalization`.
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
    """What an operation multiplies images by; 1 unless it is a multiplication or division by a constant."""
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
    """Mean and deviation of a `Normalization`, given or adapted."""
    mean = keras.ops.convert_to_numpy(layer.mean)
    return mean, np.sqrt(keras.ops.convert_to_numpy(layer.variance))


def from_pixels(model: Model, images: Tensor) -> Tensor:
    """Images of pixel values 0-255, an array or a tensor of floats, as the model takes them."""
    return images if scales_pixels(model) else images / 255.0
