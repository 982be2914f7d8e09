from keras_mobilevitv3.heads.pixel_classifier import drop_channels
from keras_mobilevitv3.layers import PyramidPooling


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
