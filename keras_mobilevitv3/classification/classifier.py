from collections.abc import Callable
from typing import Any

import keras

from keras_mobilevitv3.array_types import FilePath, Model, Shape, Tensor
from keras_mobilevitv3.backbones.backbone import build_backbone
from keras_mobilevitv3.backbones.config import BackboneConfig
from keras_mobilevitv3.backbones.variants import find_config
from keras_mobilevitv3.blocks.initialization import convolution_initializers, linear_initializers
from keras_mobilevitv3.checks import check_boolean, check_integer, check_name
from keras_mobilevitv3.classification.head import POOLINGS, classification_head, head_convolution, pool
from keras_mobilevitv3.datasets import published_dataset
from keras_mobilevitv3.initializers import GlorotUniform
from keras_mobilevitv3.weights.loading import check_weights, load_weights

ARGUMENTS = """
    Args:
        include_top: Boolean, whether to include the classifier at the end of the network. With `False` the model ends
            in the last feature map, after the 1x1 convolution that precedes the pooling. Defaults to `True`.
        weights: `None` (random), `"imagenet"` (downloaded on first use), or the path of a checkpoint in any format that
            `load_checkpoint` reads. Defaults to `"imagenet"`.
        input_tensor: Keras tensor to use as the input of the model. Defaults to `None`: a new input.
        input_shape: Tuple `(height, width, channels)`. Height and width are at least 32, or `None` for any size.
            Defaults to `(None, None, 3)`, or to the shape of `input_tensor`.
        pooling: Pooling with `include_top=False`: `None` (the model returns feature maps), `"avg"` or `"max"` (the
            model returns vectors). Defaults to `None`.
        classes: Integer, number of classes. Defaults to `1000`.
        classifier_activation: Activation of the classifier: a name, a callable, or `None` for logits. Defaults to
            `"softmax"`.
        include_preprocessing: Boolean, whether the model scales pixel values from 0-255 to 0-1. With `False` the model
            expects values from 0 to 1. Defaults to `True`.
        name: Name of the model. Defaults to the id of the network.

    Returns:
        A functional `keras.Model` that maps RGB images of shape `(batch, height, width, channels)` to probabilities of
        shape `(batch, classes)`. With `include_top=False` the output has shape
        `(batch, ceil(height / 32), ceil(width / 32), filters)`, where the separable family rounds height and width up
        to even numbers. With `pooling` the output has shape `(batch, filters)`.

    Raises:
        ValueError: If an argument is not as stated, if `weights="imagenet"` does not match the number of classes or of
            channels, if the network has no published weights, or if a checkpoint does not fit the network.
"""


def build_classifier(
    variant: str | BackboneConfig,
    include_top: bool = True,
    weights: FilePath | None = "imagenet",
    input_tensor: Tensor | None = None,
    input_shape: Shape | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: str | Callable[..., Any] | None = "softmax",
    include_preprocessing: bool = True,
    name: str | None = None,
) -> Model:
    """Builds an image classifier, or its feature extractor, from an id or a custom config.

    Args:
        variant: Id of a network (see `list_variants`), or a `BackboneConfig`.
        include_top, weights, ...: See `MobileViTV3S`.

    Returns:
        A functional `keras.Model`, see `MobileViTV3S`.

    Raises:
        ValueError: See `MobileViTV3S`.
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
        raise ValueError(f"`pooling` must be None with `include_top=True`. Received: pooling={pooling!r}")
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
            "`classifier_activation` must be None, a callable, or the name of a Keras activation. "
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
    """Returns the function that builds one variant, with the signature of the `keras.applications` functions."""

    def classifier(
        include_top: bool = True,
        weights: FilePath | None = "imagenet",
        input_tensor: Tensor | None = None,
        input_shape: Shape | None = None,
        pooling: str | None = None,
        classes: int = 1000,
        classifier_activation: str | Callable[..., Any] | None = "softmax",
        include_preprocessing: bool = True,
        name: str | None = variant,
    ) -> Model:
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
