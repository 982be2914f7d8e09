import keras

from keras_mobilevitv3.backbones.backbone import build_backbone
from keras_mobilevitv3.backbones.config import BackboneConfig
from keras_mobilevitv3.backbones.variants import find_config
from keras_mobilevitv3.blocks.initialization import convolution_initializers, linear_initializers
from keras_mobilevitv3.checks import check_boolean, check_integer, check_name
from keras_mobilevitv3.classification.head import POOLINGS, classification_head, head_convolution, pool
from keras_mobilevitv3.datasets import published_dataset
from keras_mobilevitv3.initializers import GlorotUniform
from keras_mobilevitv3.weights import check_weights, load_weights

ARGUMENTS = """
    Args:
        include_top: Boolean, whether the model ends in the classifier. Without it, it ends in the last feature map,
            the 1x1 convolution before pooling included. Defaults to `True`.
        weights: `None` (random), `"imagenet"` (downloaded on first use), or the path of a checkpoint in any format of
            `load_checkpoint`. Defaults to `"imagenet"`.
        input_tensor: Keras tensor to build on, instead of a new input. Defaults to `None`.
        input_shape: Tuple `(height, width, channels)`, height and width at least 32 or `None` for any size. Defaults to
            `(None, None, 3)`, or to the shape of `input_tensor`.
        pooling: Without the classifier: `None` (feature map), `"avg"` or `"max"` (vectors). Defaults to `None`.
        classes: Integer, number of classes. Defaults to `1000`.
        classifier_activation: Name or callable on the logits, or `None` for logits. Defaults to `"softmax"`.
        include_preprocessing: Boolean, whether the model scales pixel values 0-255 to 0-1 itself; with `False` it takes
            0-1. Defaults to `True`.
        name: Name of the model. Defaults to the id of the network.

    Returns:
        A functional `keras.Model` from RGB images of shape `(batch, height, width, channels)` to probabilities of shape
        `(batch, classes)`; with `include_top=False` to `(batch, ceil(height / 32), ceil(width / 32), filters)` (rounded
        up to even in the separable family), or with `pooling` to `(batch, filters)`.

    Raises:
        ValueError: If an argument is not as stated, `weights="imagenet"` comes with another number of classes or of
            channels or for a network without published weights, or a checkpoint does not fit.
"""


def build_classifier(
    variant,
    include_top=True,
    weights="imagenet",
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    include_preprocessing=True,
    name=None,
):
    """Builds an image classifier, or its feature extractor, from an id or a config of your own.

    Args:
        variant: Id of the table (see `list_variants`), or a `BackboneConfig`.
        include_top, weights, ...: As in `MobileViTV3S`.

    Returns:
        A functional `keras.Model`.

    Raises:
        ValueError: As `MobileViTV3S`.
    """
    config = find_config(variant)
    check_weights(weights, variant)
    dataset = published_dataset(weights, "classifier")
    check_name("name", name)
    _check_top(include_top, weights, dataset, pooling, classes, classifier_activation)
    input_shape = _input_shape(input_shape, input_tensor, dataset)
    backbone = build_backbone(
        variant,
        input_shape=input_shape,
        include_preprocessing=include_preprocessing,
        input_tensor=input_tensor,
    )
    outputs = backbone.output["P5"]
    initializer = convolution_initializers(config.initialization, config.filters[-1])["kernel_initializer"]
    if config.head_filters is not None:
        outputs = head_convolution(outputs, config.head_filters, initializer)
    if include_top:
        outputs = classification_head(
            outputs,
            classes,
            activation=classifier_activation,
            dropout=config.classifier_dropout,
            kernel_initializer=_classifier_initializer(config),
        )
    elif pooling is not None:
        outputs = pool(outputs, pooling)
    if name is None:
        name = "mobilevit" if isinstance(variant, BackboneConfig) else variant
    model = keras.Model(backbone.input, outputs, name=name)
    load_weights(model, weights, variant)
    return model


def _check_top(include_top, weights, dataset, pooling, classes, classifier_activation):
    check_boolean("include_top", include_top)
    if pooling not in (None, *POOLINGS):
        raise ValueError(f"`pooling` must be None, 'avg' or 'max'. Received: pooling={pooling!r}")
    if not include_top:
        return
    if pooling is not None:
        raise ValueError(f"`pooling` is for `include_top=False`. Received: include_top=True, pooling={pooling!r}")
    check_integer("classes", classes)
    _check_activation(classifier_activation)
    if dataset is not None and classes != dataset.classes:
        raise ValueError(
            f"`classes` must be {dataset.classes} with `weights={weights!r}` and `include_top=True`; use "
            f"`include_top=False` to put your own classifier on the features. Received: classes={classes}"
        )
    if weights is not None and classifier_activation not in (None, "softmax"):
        raise ValueError(
            "`classifier_activation` must be None or 'softmax' with pretrained weights. "
            f"Received: classifier_activation={classifier_activation!r}"
        )


def _check_activation(activation):
    if activation is None or callable(activation):
        return
    try:
        keras.activations.get(activation)
    except (ValueError, TypeError) as error:
        raise ValueError(
            "`classifier_activation` must be None, a callable, or the name of an activation of Keras. "
            f"Received: classifier_activation={activation!r}"
        ) from error


def _input_shape(input_shape, input_tensor, dataset):
    if input_shape is not None and not isinstance(input_shape, tuple | list):
        raise ValueError(
            f"`input_shape` must be of shape `(height, width, channels)` or None. Received: input_shape={input_shape!r}"
        )
    if input_tensor is not None:
        shape = tuple(input_tensor.shape[1:]) if keras.utils.is_keras_tensor(input_tensor) else input_shape
        if input_shape is not None and tuple(input_shape) != shape:
            raise ValueError(
                "`input_shape` must be None or the shape of `input_tensor`. "
                f"Received: input_shape={tuple(input_shape)}, input_tensor of shape {shape}"
            )
        input_shape = shape
    if input_shape is None:
        return (None, None, 3)
    if dataset is not None and tuple(input_shape)[-1] != 3:
        raise ValueError(
            f"`input_shape` must have 3 channels with `weights={dataset.name!r}`. "
            f"Received: input_shape={tuple(input_shape)}"
        )
    return tuple(input_shape)


def _classifier_initializer(config):
    if config.initialization == "kaiming_normal":
        return linear_initializers()["kernel_initializer"]
    return GlorotUniform()


def _classifier(variant, callable_name):
    """Makes the `keras.applications`-like callable of a row of the table."""

    def classifier(
        include_top=True,
        weights="imagenet",
        input_tensor=None,
        input_shape=None,
        pooling=None,
        classes=1000,
        classifier_activation="softmax",
        include_preprocessing=True,
        name=variant,
    ):
        return build_classifier(
            variant,
            include_top=include_top,
            weights=weights,
            input_tensor=input_tensor,
            input_shape=input_shape,
            pooling=pooling,
            classes=classes,
            classifier_activation=classifier_activation,
            include_preprocessing=include_preprocessing,
            name=name,
        )

    classifier.__name__ = classifier.__qualname__ = callable_name
    classifier.__doc__ = (
        f"Image classifier `{variant}`.\n{ARGUMENTS}\n    Reference:\n        {_reference(variant)}\n    "
    )
    return classifier


def _reference(variant):
    if variant.startswith("mobilevitv3"):
        return "[Wadekar and Chaurasia, 2022](https://arxiv.org/abs/2209.15159), tables 1 and 2"
    if variant.startswith("mobilevitv2"):
        return "[Mehta and Rastegari, 2022](https://arxiv.org/abs/2206.02680), table 2"
    return "[Mehta and Rastegari, 2021](https://arxiv.org/abs/2110.02178), table 4"


MobileViTV3S = _classifier("mobilevitv3_s", "MobileViTV3S")
MobileViTV3XS = _classifier("mobilevitv3_xs", "MobileViTV3XS")
MobileViTV3XXS = _classifier("mobilevitv3_xxs", "MobileViTV3XXS")
MobileViTV3SL2 = _classifier("mobilevitv3_s_l2", "MobileViTV3SL2")
MobileViTV3XSL2 = _classifier("mobilevitv3_xs_l2", "MobileViTV3XSL2")
MobileViTV3XXSL2 = _classifier("mobilevitv3_xxs_l2", "MobileViTV3XXSL2")
MobileViTV3_050 = _classifier("mobilevitv3_050", "MobileViTV3_050")
MobileViTV3_075 = _classifier("mobilevitv3_075", "MobileViTV3_075")
MobileViTV3_100 = _classifier("mobilevitv3_100", "MobileViTV3_100")
MobileViTV3_125 = _classifier("mobilevitv3_125", "MobileViTV3_125")
MobileViTV3_150 = _classifier("mobilevitv3_150", "MobileViTV3_150")
MobileViTV3_175 = _classifier("mobilevitv3_175", "MobileViTV3_175")
MobileViTV3_200 = _classifier("mobilevitv3_200", "MobileViTV3_200")
MobileViTS = _classifier("mobilevit_s", "MobileViTS")
MobileViTXS = _classifier("mobilevit_xs", "MobileViTXS")
MobileViTXXS = _classifier("mobilevit_xxs", "MobileViTXXS")
MobileViTV2_050 = _classifier("mobilevitv2_050", "MobileViTV2_050")
MobileViTV2_075 = _classifier("mobilevitv2_075", "MobileViTV2_075")
MobileViTV2_100 = _classifier("mobilevitv2_100", "MobileViTV2_100")
MobileViTV2_125 = _classifier("mobilevitv2_125", "MobileViTV2_125")
MobileViTV2_150 = _classifier("mobilevitv2_150", "MobileViTV2_150")
MobileViTV2_175 = _classifier("mobilevitv2_175", "MobileViTV2_175")
MobileViTV2_200 = _classifier("mobilevitv2_200", "MobileViTV2_200")
