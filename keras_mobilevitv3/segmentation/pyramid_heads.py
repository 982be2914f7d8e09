import keras

from keras_mobilevitv3.layers import PyramidPooling, SpatialPyramidPooling
from keras_mobilevitv3.segmentation.pixel_classifier import drop_channels


def deeplabv3_features(features, filters, atrous_rates, dropout, drop_values, kernel_initializer):
    """Atrous spatial pyramid pooling and dropout of whole channels.

    Args:
        features: Float tensor of shape `(batch, height, width, channels)`.
        filters: Integer, channels of the output.
        atrous_rates: Tuple of integers, dilation rates of the 3x3 convolutions.
        dropout: Float in [0, 1); at 0 there is no dropout layer.
        drop_values: Boolean, whether single values are dropped too, before the channels.
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


def pspnet_features(features, filters, branch_filters, pool_sizes, dropout, kernel_initializer):
    """Pyramid pooling and dropout of whole channels.

    Args:
        features: Float tensor of shape `(batch, height, width, channels)`.
        filters: Integer, channels of the output.
        branch_filters: Integer, channels of each level of the pyramid.
        pool_sizes: Tuple of integers, windows along each axis at each level.
        dropout: Float in [0, 1); at 0 there is no dropout layer.
        kernel_initializer: Keras initializer.

    Returns:
        Float tensor of shape `(batch, height, width, filters)`.
    """
    pyramid = PyramidPooling(filters, branch_filters, pool_sizes, kernel_initializer=kernel_initializer, name="psp")
    return drop_channels(pyramid(features), dropout, name="dropout")
