from collections.abc import Mapping

import keras

from keras_mobilevitv3.array_types import Initializer, Tensor
from keras_mobilevitv3.layers import ConvNormAct


def pixel_classifier(
    features: Tensor, classes: int, initializers: Mapping[str, Initializer], name: str = "classifier"
) -> Tensor:
    """Applies a 1x1 convolution that returns the logits of each pixel.

    Under mixed precision the convolution computes in float32.

    Args:
        features: Float tensor of shape `(batch, height, width, channels)`.
        classes: Integer, number of classes.
        initializers: Dict with the keys `"kernel_initializer"` and `"bias_initializer"`.
        name: String, name of the layer. Defaults to `"classifier"`.

    Returns:
        Float tensor of shape `(batch, height, width, classes)`.
    """
    return ConvNormAct(
        classes,
        kernel_size=1,
        use_norm=False,
        use_bias=True,
        activation=None,
        **initializers,
        dtype=keras.config.dtype_policy().variable_dtype,
        name=name,
    )(features)


def auxiliary_logits(
    features: Tensor,
    filters: int,
    classes: int,
    dropout: float,
    kernel_initializer: Initializer,
    classifier_initializers: Mapping[str, Initializer],
) -> Tensor:
    """Applies the auxiliary head: a 3x3 convolution, dropout of whole channels, and a classifier.

    Args:
        features: Float tensor of shape `(batch, height, width, channels)`, the feature map of an earlier stage.
        filters: Integer, channels of the 3x3 convolution.
        classes: Integer, number of classes.
        dropout: Float in [0, 1), dropout rate. With `0` there is no dropout layer.
        kernel_initializer: Keras initializer of the 3x3 convolution.
        classifier_initializers: Dict with the keys `"kernel_initializer"` and `"bias_initializer"`.

    Returns:
        Float tensor of shape `(batch, height, width, classes)`.
    """
    conv = ConvNormAct(filters, activation="relu", kernel_initializer=kernel_initializer, name="aux_conv")
    features = drop_channels(conv(features), dropout, name="aux_dropout")
    return pixel_classifier(features, classes, classifier_initializers, name="aux_classifier")


def drop_channels(features: Tensor, rate: float, name: str) -> Tensor:
    """Applies dropout of whole channels.

    Args:
        features: Float tensor of shape `(batch, height, width, channels)`.
        rate: Float in [0, 1), dropout rate. With `0` there is no dropout layer.
        name: String, name of the layer.

    Returns:
        Float tensor of the shape of `features`.
    """
    if rate == 0:
        return features
    return keras.layers.SpatialDropout2D(rate, data_format="channels_last", name=name)(features)
