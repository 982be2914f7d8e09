from typing import Any

import keras

from keras_mobilevitv3.array_types import Initializer, Tensor
from keras_mobilevitv3.initializers import Zeros
from keras_mobilevitv3.layers import ConvNormAct

POOLINGS = {"avg": keras.layers.GlobalAveragePooling2D, "max": keras.layers.GlobalMaxPooling2D}


def head_convolution(features: Tensor, filters: int, kernel_initializer: Initializer) -> Tensor:
    """Widens the last feature map before pooling: 1x1 convolution, batch normalization and SiLU.

    Args:
        features: Float tensor of shape `(batch, height, width, channels)`.
        filters: Integer, channels of the output.
        kernel_initializer: Keras initializer.

    Returns:
        Float tensor of shape `(batch, height, width, filters)`.
    """
    return ConvNormAct(filters, kernel_size=1, kernel_initializer=kernel_initializer, name="head_conv")(features)


def pool(features: Tensor, pooling: str) -> Tensor:
    """Applies global pooling to a feature map.

    Args:
        features: Float tensor of shape `(batch, height, width, channels)`.
        pooling: `"avg"` or `"max"`.

    Returns:
        Float tensor of shape `(batch, channels)`.
    """
    return POOLINGS[pooling](data_format="channels_last", name=f"{pooling}_pool")(features)


def classification_head(
    features: Tensor, classes: int, activation: Any, dropout: float, kernel_initializer: Initializer
) -> Tensor:
    """Applies global average pooling, dropout and a linear layer.

    Under mixed precision the linear layer computes in float32.

    Args:
        features: Float tensor of shape `(batch, height, width, channels)`.
        classes: Integer, number of classes.
        activation: Activation of the linear layer: a name, a callable, or `None` for logits.
        dropout: Float in [0, 1), dropout rate. With `0` there is no dropout layer.
        kernel_initializer: Keras initializer of the linear layer.

    Returns:
        Float tensor of shape `(batch, classes)`.
    """
    vectors = pool(features, "avg")
    if dropout > 0:
        vectors = keras.layers.Dropout(dropout, name="dropout")(vectors)
    return keras.layers.Dense(
        classes,
        activation=activation,
        kernel_initializer=kernel_initializer,
        bias_initializer=Zeros(),
        dtype=keras.config.dtype_policy().variable_dtype,
        name="predictions",
    )(vectors)
