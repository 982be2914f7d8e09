import keras

from keras_mobilevitv3.layers import ConvNormAct


def pixel_classifier(features, classes, initializers, name="classifier"):
    """1x1 convolution to logits, which computes in float32 under mixed precision.

    Args:
        features: Float tensor of shape `(batch, height, width, channels)`.
        classes: Integer, number of classes.
        initializers: Dict of `kernel_initializer` and `bias_initializer`.
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


def auxiliary_logits(features, filters, classes, dropout, kernel_initializer, classifier_initializers):
    """Logits of an earlier stage: a 3x3 convolution, dropout of whole channels, and a classifier.

    Args:
        features: Float tensor of shape `(batch, height, width, channels)`.
        filters: Integer, channels of the 3x3 convolution.
        classes: Integer, number of classes.
        dropout: Float in [0, 1); at 0 there is no dropout layer.
        kernel_initializer: Keras initializer of the 3x3 convolution.
        classifier_initializers: Dict of `kernel_initializer` and `bias_initializer`.

    Returns:
        Float tensor of shape `(batch, height, width, classes)`.
    """
    conv = ConvNormAct(filters, activation="relu", kernel_initializer=kernel_initializer, name="aux_conv")
    features = drop_channels(conv(features), dropout, name="aux_dropout")
    return pixel_classifier(features, classes, classifier_initializers, name="aux_classifier")


def drop_channels(features, rate, name):
    """Dropout of whole channels; at rate 0 there is no layer.

    Args:
        features: Float tensor of shape `(batch, height, width, channels)`.
        rate: Float in [0, 1).
        name: String, name of the layer.

    Returns:
        Float tensor of the shape of `features`.
    """
    if rate == 0:
        return features
    return keras.layers.SpatialDropout2D(rate, data_format="channels_last", name=name)(features)
