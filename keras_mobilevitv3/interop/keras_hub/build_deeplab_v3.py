import keras
import keras_hub

from keras_mobilevitv3.checks import check_choice, check_integer, check_name, check_rate
from keras_mobilevitv3.initializers import GlorotUniform
from keras_mobilevitv3.interop.keras_hub.backbone import MobileViTBackbone
from keras_mobilevitv3.interop.keras_hub.compiled_task import CompiledTask
from keras_mobilevitv3.interop.keras_hub.image_sizes import check_multiple, size_pair
from keras_mobilevitv3.interop.keras_hub.pixel_accuracy import PixelAccuracy
from keras_mobilevitv3.interop.published_optimizer import check_rate_and_steps, published_optimizer
from keras_mobilevitv3.segmentation.deeplabv3 import ATROUS_RATES

IGNORED = 255  # the label of pixels that are of no class


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class DropoutDeepLabV3ImageSegmenter(CompiledTask, keras_hub.models.DeepLabV3ImageSegmenter):
    """KerasHub's DeepLabV3 with dropout of whole channels before the last layer, as in the paper, and integer masks.

    `keras_hub.models.ImageSegmenter.from_preset` and that of `DeepLabV3ImageSegmenter` find it in presets.

    Args:
        backbone: `keras_hub.models.DeepLabV3Backbone` on a `MobileViTBackbone`.
        num_classes: Integer.
        activation: Name or callable on the logits, or `None` for logits. Defaults to `None`.
        preprocessor: `keras_hub.models.DeepLabV3ImageSegmenterPreprocessor` or `None`. Defaults to `None`.
        dropout: Float in [0, 1). Defaults to `0.1`.
        **kwargs: `name`, and `compile`: whether to compile with the defaults of `compile`, `True` by default.

    Raises:
        ValueError: If `backbone` is not as stated.
    """

    backbone_cls = None  # so that presets of KerasHub's own networks are never given to this class

    def __init__(self, backbone, num_classes, activation=None, preprocessor=None, dropout=0.1, **kwargs):
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
        # What `DeepLabV3ImageSegmenter` itself builds has no place for dropout.
        keras_hub.models.Task.__init__(self, inputs=backbone.input, outputs=self.output_conv(features), **kwargs)

    def compile(self, optimizer="auto", loss="auto", *, metrics="auto", **kwargs):
        """Compiles the task; `"auto"` is `published_optimizer`, sparse cross-entropy and accuracy, both without 255."""
        if optimizer == "auto":
            optimizer = published_optimizer("segmentation", self.backbone.image_encoder.network_config.family)
        if loss == "auto":
            from_logits = keras.activations.get(self.activation) != keras.activations.softmax
            loss = keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits, ignore_class=IGNORED)
        if metrics == "auto":
            metrics = [PixelAccuracy(IGNORED)]
        super().compile(optimizer, loss, metrics=metrics, **kwargs)

    def get_config(self):
        return {**super().get_config(), "dropout": self.dropout}


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class MaskResizingPreprocessor(keras_hub.models.DeepLabV3ImageSegmenterPreprocessor):
    """KerasHub's preprocessor, whose config, and so presets and `.keras` files, keep `resize_output_mask`."""

    backbone_cls = None  # so that presets of KerasHub's own networks are never given to this class

    def get_config(self):
        return {**super().get_config(), "resize_output_mask": self.resize_output_mask}


def deeplab_v3(
    variant,
    classes=21,
    weights=None,
    output_stride=16,
    low_level_feature_key=None,
    image_size=None,
    image_shape=(None, None, 3),
    dropout=0.1,
    learning_rate=None,
    name=None,
):
    """Builds KerasHub's DeepLabV3 on a network of the table, compiled as it was trained for the paper.

    `fit` and `evaluate` take images and integer masks, 255 for pixels of no class; `predict` gives logits of the size
    of the images. It can be compiled anew with any optimizer, loss and metrics. KerasHub fixes the pyramid at 256
    channels and has one convolution more than `keras_mobilevitv3.DeepLabV3`, which loads published weights.

    Args:
        variant: Id of the table (see `list_variants`), a `BackboneConfig`, or a dict of its fields.
        classes: Integer, number of classes with the background. Defaults to `21`.
        weights: What the backbone starts from: `None` (random), `"imagenet"`, or the path of a checkpoint. Defaults to
            `None`.
        output_stride: 32, 16 or 8, pixels of the image per pixel of the last feature map. The dilation rates of the
            pyramid are 3, 6 and 9, 6, 12 and 18, or 12, 24 and 36. Defaults to `16`.
        low_level_feature_key: `"P2"` for the decoder of DeepLabV3+, or `None`. Defaults to `None`.
        image_size: Integer or pair, the size that the preprocessor squashes images and masks to (512 was published), or
            `None` for images as they come. With a size, masks are of shape `(batch, height, width, 1)`. Defaults to
            `None`.
        image_shape: Tuple `(height, width, channels)` of the images of the network, height and width `None` for any.
            All sizes must be multiples of the output stride, in the separable family of twice that. Defaults to
            `(None, None, 3)`.
        dropout: Float in [0, 1), of whole channels before the last layer. Defaults to `0.1`.
        learning_rate: Float or `LearningRateSchedule`. Defaults to `None`, the highest of the published runs (batches
            of 48 to 128 images): 0.0009, in the separable family 0.0005.
        name: Name of the model. Defaults to `None`, one that Keras makes.

    Returns:
        A `DropoutDeepLabV3ImageSegmenter`, which is a `keras_hub.models.DeepLabV3ImageSegmenter`.

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
