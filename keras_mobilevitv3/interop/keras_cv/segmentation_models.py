"""Builders of KerasCV segmenters on MobileViT backbones, with logits as output and the published settings."""

from typing import Any

import keras
import keras_cv

from keras_mobilevitv3.array_types import FilePath, Model, Shape
from keras_mobilevitv3.backbones.config import BackboneConfig
from keras_mobilevitv3.backbones.variants import find_config
from keras_mobilevitv3.checks import check_integer, check_rate
from keras_mobilevitv3.interop.keras_cv.backbone_model import backbone
from keras_mobilevitv3.interop.keras_cv.logits_segformer import KerasCVSegFormer
from keras_mobilevitv3.interop.keras_cv.model_requirements import check_known_size, check_map_sizes, check_output_stride
from keras_mobilevitv3.interop.published_optimizer import check_rate_and_steps, published_optimizer
from keras_mobilevitv3.segmentation.deeplabv3 import ATROUS_RATES

HEAD_FILTERS = 256
VOID_LABEL = 255  # label of pixels without a class


def deeplab_v3_plus(
    variant: str | BackboneConfig,
    classes: int,
    input_shape: Shape = (512, 512, 3),
    weights: FilePath | None = None,
    include_rescaling: bool = True,
    output_stride: int = 32,
    dropout: float = 0.1,
    aspp_filters: int | None = None,
    projection_filters: int = 48,
    learning_rate: Any = None,
    steps: int | None = None,
) -> Model:
    """Builds and compiles KerasCV's `DeepLabV3Plus`, with logits as output.

    ```python
    model = deeplab_v3_plus("mobilevitv3_xxs", classes=21, weights="imagenet")
    model.fit(images, masks)  # integers of shape (batch, height, width), 255 for pixels without a class
    ```

    Args:
        variant: Id of a network (see `list_variants`), or a `BackboneConfig`.
        classes: Integer, number of classes, background included.
        input_shape: Tuple `(height, width, channels)`. Height and width are multiples of 32, or of 64 in the separable
            family. Defaults to `(512, 512, 3)`.
        weights: Initial weights of the backbone: `None` (random), `"imagenet"`, or the path of a checkpoint. Defaults
            to `None`.
        include_rescaling: Boolean, whether the model scales pixel values from 0-255 to 0-1. Defaults to `True`.
        output_stride: 32. KerasCV enlarges the last feature map by 8 to the size of `"P2"`. Defaults to `32`.
        dropout: Float in [0, 1), dropout rate after the pyramid pooling. Defaults to `0.1`.
        aspp_filters: Integer, channels of the pyramid pooling. Defaults to `None`: 256, or 512 in the separable family,
            as in `DeepLabV3`.
        projection_filters: Integer, channels of the projection of `"P2"`. Defaults to `48`.
        learning_rate: Float or `LearningRateSchedule`. Defaults to `None`: the published peak rate, 9e-4, or 5e-4 in
            the separable family.
        steps: Integer, number of training steps of a schedule with warmup and cosine decay, or `None` for a constant
            learning rate. Defaults to `None`.

    Returns:
        A compiled `keras_cv.models.DeepLabV3Plus` that maps RGB images to float32 logits of shape
        `(batch, height, width, classes)`.

    Raises:
        ValueError: If an argument is not as stated.

    Reference:
        [Chen et al., 2018](https://arxiv.org/abs/1802.02611)
    """
    check_rate_and_steps(learning_rate, steps)
    check_integer("classes", classes)
    check_integer("aspp_filters", aspp_filters, optional=True)
    check_integer("projection_filters", projection_filters)
    check_output_stride(output_stride, "DeepLabV3Plus", "for 16 or 8 use `keras_mobilevitv3.DeepLabV3`")
    check_known_size(input_shape, "DeepLabV3Plus")
    check_rate("dropout", dropout)
    family = find_config(variant).family
    features = backbone(variant, include_rescaling=include_rescaling, input_shape=input_shape, weights=weights)
    check_map_sizes(features, ("P2", "P5"), "DeepLabV3Plus")
    model = keras_cv.models.DeepLabV3Plus(
        features,
        num_classes=classes,
        projection_filters=projection_filters,
        spatial_pyramid_pooling=keras_cv.layers.SpatialPyramidPooling(
            dilation_rates=list(ATROUS_RATES[32]),
            num_channels=family.aspp_filters if aspp_filters is None else aspp_filters,
            dropout=dropout,
        ),
        segmentation_head=_logits_head(classes),
    )
    _compile(model, family, learning_rate, steps)
    return model


def segformer(
    variant: str | BackboneConfig,
    classes: int,
    input_shape: Shape = (512, 512, 3),
    weights: FilePath | None = None,
    include_rescaling: bool = True,
    output_stride: int = 32,
    projection_filters: int = 256,
    learning_rate: Any = None,
    steps: int | None = None,
) -> KerasCVSegFormer:
    """Builds and compiles KerasCV's `SegFormer`, with logits as output. The dropout rate is 0.1, as published.

    Args:
        variant, classes, weights, include_rescaling, learning_rate, steps: See `deeplab_v3_plus`.
        input_shape: Tuple `(height, width, channels)`, height and width at least 32. Defaults to `(512, 512, 3)`.
        output_stride: 32, 16 or 8, output stride of the backbone. Defaults to `32`.
        projection_filters: Integer, channels of the head. Defaults to `256`.

    Returns:
        A compiled `KerasCVSegFormer` that maps RGB images to logits of shape `(batch, height, width, classes)`.

    Raises:
        ValueError: If an argument is not as stated.

    Reference:
        [Xie et al., 2021](https://arxiv.org/abs/2105.15203)
    """
    check_rate_and_steps(learning_rate, steps)
    check_integer("classes", classes)
    check_integer("projection_filters", projection_filters)
    check_known_size(input_shape, "SegFormer")
    features = backbone(variant, include_rescaling, input_shape, output_stride, weights)
    model = KerasCVSegFormer(features, num_classes=classes, projection_filters=projection_filters)
    _compile(model, find_config(variant).family, learning_rate, steps)
    return model


def _logits_head(classes):
    """Returns the head of KerasCV's `DeepLabV3Plus` without softmax.

    The classifier precedes the upsampling: the result is the same, and the classifier has fewer pixels.
    """
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Conv2D(HEAD_FILTERS, 1, use_bias=False, name="segmentation_head_conv"),
            layers.BatchNormalization(name="segmentation_head_norm"),
            layers.ReLU(name="segmentation_head_relu"),
            layers.Conv2D(classes, 1, dtype="float32", name="segmentation_output"),
            layers.UpSampling2D(4, interpolation="bilinear", dtype="float32", name="segmentation_upsampling"),
        ],
        name="segmentation_head",
    )


def _compile(model, family, learning_rate, steps):
    model.compile(
        published_optimizer("segmentation", family, learning_rate, steps),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=VOID_LABEL),
    )
