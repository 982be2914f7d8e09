from collections.abc import Sequence

import keras

from keras_mobilevitv3.array_types import Initializer, Tensor
from keras_mobilevitv3.layers import PyramidPooling, SpatialPyramidPooling
from keras_mobilevitv3.segmentation.pixel_classifier import drop_channels


def deeplabv3_features(
    features: Tensor,
    filters: int,
    atrous_rates: Sequence[int],
    dropout: float,
    drop_values: bool,
    kernel_initializer: Initializer,
) -> Tensor:
    """Applies atrous spatial pyramid pooling and dropout of whole channels.

    Args:
        features: Float tensor of shape `(batch, height, width, channels)`.
        filters: Integer, channels of the output.
        atrous_rates: Tuple of integers, dilation rates of the 3x3 convolutions.
        dropout: Float in [0, 1), rate of every dropout layer. With `0` there is no dropout layer.
        drop_values: Boolean, whether a layer that drops single values precedes the layer that drops whole channels.
        kernel_initializer: Keras initializer.

    Returns:
        Float tensor of shape `(batch, height, width, filters)`.
    """
    features = SpatialPyramidPooling(filters, atrous_rates, kernel_initializer=kernel_initializer, name="aspp")(
        features
    )
    if drop_values and dropout > 0:
        features = keras.layers.Dropout(dropout, name="aspp_dropout")(features)
    return drop_channels(features, dropout, name="dropout")


def pspnet_features(
    features: Tensor,
    filters: int,
    branch_filters: int,
    pool_sizes: Sequence[int],
    dropout: float,
    kernel_initializer: Initializer,
) -> Tensor:
    """Applies pyramid pooling and dropout of whole channels.

    Args:
        features: Float tensor of shape `(batch, height, width, channels)`.
        filters: Integer, channels of the output.
        branch_filters: Integer, channels of each level of the pyramid.
        pool_sizes: Tuple of integers, number of pooling windows along each axis at each level.
        dropout: Float in [0, 1), dropout rate. With `0` there is no dropout layer.
        kernel_initializer: Keras initializer.

    Returns:
        Float tensor of shape `(batch, height, width, filters)`.
    """
    pyramid = PyramidPooling(filters, branch_filters, pool_sizes, kernel_initializer=kernel_initializer, name="psp")
    return drop_channels(pyramid(features), dropout, name="dropout")
