from typing import Any

import keras
import keras_hub

from keras_mobilevitv3.array_types import FilePath, Model, Shape
from keras_mobilevitv3.backbones.config import BackboneConfig
from keras_mobilevitv3.checks import check_choice, check_integer, check_name, check_rate
from keras_mobilevitv3.initializers import GlorotUniform
from keras_mobilevitv3.interop.keras_hub.backbone import MobileViTBackbone
from keras_mobilevitv3.interop.keras_hub.compiled_task import CompiledTask
from keras_mobilevitv3.interop.keras_hub.image_sizes import check_multiple, size_pair
from keras_mobilevitv3.interop.keras_hub.pixel_accuracy import PixelAccuracy
from keras_mobilevitv3.interop.published_optimizer import check_rate_and_steps, published_optimizer
from keras_mobilevitv3.segmentation.deeplabv3 import ATROUS_RATES

VOID_LABEL = 255  # label of pixels without a class


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class DropoutDeepLabV3ImageSegmenter(CompiledTask, keras_hub.models.DeepLabV3ImageSegmenter):
    """KerasHub's DeepLabV3 for integer masks, with dropout of whole channels before the last layer, as in the paper.

    `keras_hub.models.ImageSegmenter.from_preset` and `keras_hub.models.DeepLabV3ImageSegmenter.from_preset` load
    presets of this class.

    Args:
        backbone: `keras_hub.models.DeepLabV3Backbone` with a `MobileViTBackbone` as image encoder.
        num_classes: Integer, number of classes.
        activation: Activation of the last layer: a name, a callable, or `None` for logits. Defaults to `None`.
        preprocessor: `keras_hub.models.DeepLabV3ImageSegmenterPreprocessor` or `None`. Defaults to `None`.
        dropout: Float in [0, 1), dropout rate. Defaults to `0.1`.
        **kwargs: `name`, and `compile`: Boolean, whether to compile the model with the defaults of `compile`. `compile`
            defaults to `True`.

    Raises:
        ValueError: If `backbone` is not as stated.
    """

    backbone_cls = None  # KerasHub does not load presets of other backbones into this class

    def __init__(
        self,
        backbone: Model,
        num_classes: int,
        activation: Any = None,
        preprocessor: Any = None,
        dropout: float = 0.1,
        **kwargs: Any,
    ) -> None:
        if not isinstance(getattr(backbone, "image_encoder", None), MobileViTBackbone):
            raise ValueError(
                "`backbone` must be a `keras_hub.models.DeepLabV3Backbone` whose `image_encoder` is a "
                f"`MobileViTBackbone`. Received: backbone={backbone!r}"
            )
        self.backbone = backbone
        self.preprocessor = preprocessor
        self.num_classes = num_classes
        self.activation = activation
        self.dropout = dropout
        self.output_conv = keras.layers.Conv2D(
            num_classes,
            kernel_size=1,
            use_bias=False,
            activation=activation,
            kernel_initializer=GlorotUniform(),
            name="segmentation_output",
        )
        features = keras.layers.SpatialDropout2D(dropout, name="output_dropout")(backbone(backbone.input))
        # The constructor of `DeepLabV3ImageSegmenter` would build a graph without dropout.
        keras_hub.models.Task.__init__(self, inputs=backbone.input, outputs=self.output_conv(features), **kwargs)

    def compile(self, optimizer="auto", loss="auto", *, metrics="auto", **kwargs):
        """Compiles the task.

        `"auto"` stands for `published_optimizer`, sparse categorical cross-entropy, and pixel accuracy. The loss and
        the metric ignore pixels with the label 255.
        """
        if optimizer == "auto":
            optimizer = published_optimizer("segmentation", self.backbone.image_encoder.network_config.family)
        if loss == "auto":
            from_logits = keras.activations.get(self.activation) != keras.activations.softmax
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits, ignore_class=VOID_LABEL)
        if metrics == "auto":
            metrics = [PixelAccuracy(VOID_LABEL)]
        super().compile(optimizer, loss, metrics=metrics, **kwargs)

    def get_config(self):
        return {**super().get_config(), "dropout": self.dropout}


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class MaskResizingPreprocessor(keras_hub.models.DeepLabV3ImageSegmenterPreprocessor):
    """KerasHub's preprocessor with `resize_output_mask` in the config: presets and `.keras` files keep the setting."""

    backbone_cls = None  # KerasHub does not load presets of other backbones into this class

    def get_config(self):
        return {**super().get_config(), "resize_output_mask": self.resize_output_mask}


def deeplab_v3(
    variant: str | BackboneConfig | dict[str, Any],
    classes: int = 21,
    weights: FilePath | None = None,
    output_stride: int = 16,
    low_level_feature_key: str | None = None,
    image_size: int | tuple[int, int] | None = None,
    image_shape: Shape = (None, None, 3),
    dropout: float = 0.1,
    learning_rate: Any = None,
    name: str | None = None,
) -> DropoutDeepLabV3ImageSegmenter:
    """Builds KerasHub's DeepLabV3 on a MobileViT backbone, compiled with the settings of the paper.

    `fit` and `evaluate` take images and integer masks, with 255 for pixels without a class. `predict` returns logits at
    image size. The model can be compiled again with any optimizer, loss and metrics. The pyramid of KerasHub has 256
    channels and one convolution more than the pyramid of `keras_mobilevitv3.DeepLabV3`. To load published segmentation
    weights, use `keras_mobilevitv3.DeepLabV3`.

    Args:
        variant: Id of a network (see `list_variants`), a `BackboneConfig`, or a dict of the fields of a
            `BackboneConfig`.
        classes: Integer, number of classes, background included. Defaults to `21`.
        weights: Initial weights of the backbone: `None` (random), `"imagenet"`, or the path of a checkpoint. Defaults
            to `None`.
        output_stride: 32, 16 or 8, pixels of the image per pixel of the last feature map. The dilation rates of the
            pyramid are `(3, 6, 9)` at 32, `(6, 12, 18)` at 16 and `(12, 24, 36)` at 8. Defaults to `16`.
        low_level_feature_key: `"P2"` for the decoder of DeepLabV3+, or `None`. Defaults to `None`.
        image_size: Integer, or tuple `(height, width)`. The preprocessor resizes images and masks to this size without
            keeping the aspect ratio (published: 512). With `None` there is no resize. With a size, masks have the shape
            `(batch, height, width, 1)`. Defaults to `None`.
        image_shape: Tuple `(height, width, channels)` of the images that the network receives. Height and width are
            `None` for any size. All sizes must be multiples of the output stride, or of twice the output stride in the
            separable family. Defaults to `(None, None, 3)`.
        dropout: Float in [0, 1), rate of the dropout of whole channels before the last layer. Defaults to `0.1`.
        learning_rate: Float or `LearningRateSchedule`. Defaults to `None`: the peak rate of the published runs (batches
            of 48 to 128 images), 0.0009, or 0.0005 in the separable family.
        name: Name of the model. Defaults to `None`: Keras generates a name.

    Returns:
        A `DropoutDeepLabV3ImageSegmenter`, a subclass of `keras_hub.models.DeepLabV3ImageSegmenter`.

    Raises:
        ValueError: If an argument is not as stated.

    Reference:
        [Chen et al., 2017](https://arxiv.org/abs/1706.05587)
    """
    check_integer("classes", classes)
    check_rate("dropout", dropout)
    check_choice("low_level_feature_key", low_level_feature_key, (None, "P2"))
    check_name("name", name)
    check_rate_and_steps(learning_rate)
    image_size = size_pair(image_size)
    encoder = MobileViTBackbone(variant, image_shape=image_shape, output_stride=output_stride, weights=weights)
    family = encoder.network_config.family
    check_multiple(family.size_multiple(output_stride), image_size, image_shape)
    level = list(encoder.pyramid_outputs)[-1]
    backbone = keras_hub.models.DeepLabV3Backbone(
        image_encoder=encoder,
        spatial_pyramid_pooling_key=level,
        upsampling_size=1 if low_level_feature_key is None else output_stride // 4,
        dilation_rates=list(ATROUS_RATES[output_stride]),
        low_level_feature_key=low_level_feature_key,
        image_shape=tuple(image_shape),
    )
    converter = keras_hub.layers.DeepLabV3ImageConverter(image_size, crop_to_aspect_ratio=False, **family.resize)
    task = DropoutDeepLabV3ImageSegmenter(
        backbone,
        num_classes=classes,
        preprocessor=MaskResizingPreprocessor(converter, resize_output_mask=image_size is not None),
        dropout=dropout,
        compile=False,
        **({} if name is None else {"name": name}),
    )
    task.compile(published_optimizer("segmentation", family, learning_rate))
    return task
