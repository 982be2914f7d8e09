from typing import Any

import keras
import keras_hub

from keras_mobilevitv3.blocks.initialization import convolution_initializers, linear_initializers
from keras_mobilevitv3.classification.head import POOLINGS
from keras_mobilevitv3.initializers import GlorotUniform, Zeros
from keras_mobilevitv3.interop.keras_hub.backbone import MobileViTBackbone
from keras_mobilevitv3.interop.keras_hub.compiled_task import CompiledTask
from keras_mobilevitv3.interop.keras_hub.image_converter import MobileViTImageConverter
from keras_mobilevitv3.interop.published_optimizer import published_optimizer
from keras_mobilevitv3.layers import ConvNormAct


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class MobileViTImageClassifierPreprocessor(keras_hub.models.ImageClassifierPreprocessor):
    """Preprocessor that applies a `MobileViTImageConverter` to images. Labels do not change.

    Args:
        image_converter: `MobileViTImageConverter`, or `None` to return the images unchanged. Defaults to `None`.
        **kwargs: Arguments of `keras.layers.Layer`, such as `name`.
    """

    backbone_cls = MobileViTBackbone
    image_converter_cls = MobileViTImageConverter


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class MobileViTImageClassifier(CompiledTask, keras_hub.models.ImageClassifier):
    """The published classifier as a KerasHub task. `keras_hub.models.ImageClassifier.from_preset` loads its presets.

    In the multi-head family, the published classifier has a 1x1 convolution between the backbone and the pooling.
    KerasHub's own `ImageClassifier` lacks this convolution. `image_classifier` builds this class with a preprocessor,
    the published optimizer and pretrained weights.

    Args:
        backbone: `MobileViTBackbone`.
        num_classes: Integer, number of classes.
        preprocessor: `MobileViTImageClassifierPreprocessor`, or `None` to pass images to the backbone unchanged.
            Defaults to `None`.
        pooling: `"avg"` or `"max"`. Defaults to `"avg"`.
        activation: Activation of the last layer: a name, a callable, or `None` for logits. Defaults to `None`.
        dropout: Float in [0, 1), dropout rate, or `None` for the rate of the network. Defaults to `None`.
        head_dtype: Dtype or dtype policy of the layers after the backbone. Defaults to `None`: the dtype policy of the
            backbone.
        **kwargs: `name`, and `compile`: Boolean, whether to compile the model with the defaults of `compile`. `compile`
            defaults to `True`.

    Raises:
        ValueError: If `backbone` or `pooling` is not as stated.
    """

    backbone_cls = MobileViTBackbone
    preprocessor_cls = MobileViTImageClassifierPreprocessor

    def __init__(
        self,
        backbone: MobileViTBackbone,
        num_classes: int,
        preprocessor: Any = None,
        pooling: str = "avg",
        activation: Any = None,
        dropout: float | None = None,
        head_dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        if not isinstance(backbone, MobileViTBackbone):
            raise ValueError(f"`backbone` must be a `MobileViTBackbone`. Received: backbone={backbone!r}")
        if pooling not in POOLINGS:
            raise ValueError(f"`pooling` must be 'avg' or 'max'. Received: pooling={pooling!r}")
        config = backbone.network_config
        self.backbone = backbone
        self.preprocessor = preprocessor
        self.num_classes = num_classes
        self.pooling = pooling
        self.activation = activation
        self.dropout = config.classifier_dropout if dropout is None else dropout
        dtype = head_dtype or backbone.dtype_policy
        features = _head_features(backbone(backbone.input), config, dtype)
        vectors = POOLINGS[pooling](data_format="channels_last", dtype=dtype, name="pooler")(features)
        vectors = keras.layers.Dropout(self.dropout, dtype=dtype, name="output_dropout")(vectors)
        outputs = keras.layers.Dense(
            num_classes, activation=activation, **_dense_initializers(config), dtype=dtype, name="predictions"
        )(vectors)
        # The constructor of `ImageClassifier` would build a graph without the convolution.
        keras_hub.models.Task.__init__(self, inputs=backbone.input, outputs=outputs, **kwargs)

    def compile(self, optimizer="auto", loss="auto", *, metrics="auto", **kwargs):
        """Compiles the task.

        `"auto"` stands for `published_optimizer`, sparse categorical cross-entropy, and accuracy.
        """
        if optimizer == "auto":
            optimizer = published_optimizer("classification", self.backbone.network_config.family)
        super().compile(optimizer, loss, metrics=metrics, **kwargs)


def _head_features(features, config, dtype):
    """Applies the 1x1 convolution of the head, if the network has one, to the last feature map."""
    if config.head_filters is None:
        return features
    initializer = convolution_initializers(config.initialization, config.filters[-1])["kernel_initializer"]
    return ConvNormAct(
        config.head_filters, kernel_size=1, kernel_initializer=initializer, dtype=dtype, name="head_conv"
    )(features)


def _dense_initializers(config):
    if config.initialization == "kaiming_normal":
        return linear_initializers()
    return {"kernel_initializer": GlorotUniform(), "bias_initializer": Zeros()}
