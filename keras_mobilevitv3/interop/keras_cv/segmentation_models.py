"""Segmenters of KerasCV on MobileViT backbones, with logits and the published settings."""

import keras
import keras_cv

from keras_mobilevitv3.backbones.variants import find_config
from keras_mobilevitv3.checks import check_integer, check_rate
from keras_mobilevitv3.interop.keras_cv.backbone_model import backbone
from keras_mobilevitv3.interop.keras_cv.logits_segformer import KerasCVSegFormer
from keras_mobilevitv3.interop.keras_cv.model_requirements import check_known_size, check_map_sizes, check_output_stride
from keras_mobilevitv3.interop.published_optimizer import check_rate_and_steps, published_optimizer
from keras_mobilevitv3.segmentation.deeplabv3 import ATROUS_RATES

HEAD_FILTERS = 256
VOID = 255  # label of pixels that count nowhere


def deeplab_v3_plus(
    variant,
    classes,
    input_shape=(512, 512, 3),
    weights=None,
    include_rescaling=True,
    output_stride=32,
    dropout=0.1,
    aspp_filters=None,
    projection_filters=48,
    learning_rate=None,
    steps=None,
):
    """KerasCV's `DeepLabV3Plus`, ending in logits, compiled.

    ```python
    model = deeplab_v3_plus("mobilevitv3_xxs", classes=21, weights="imagenet")
    model.fit(images, masks)  # integers of shape (batch, height, width), 255 for pixels of no class
    ```

    Args:
        variant: Id of the table (see `list_variants`), or a `BackboneConfig` of your own.
        classes: Integer, number of classes, the background included.
        input_shape: Tuple `(height, width, channels)`, height and width multiples of 32, in the separable family of 64.
            Defaults to `(512, 512, 3)`.
        weights: Of the backbone: `None` (random), `"imagenet"`, or the path of a checkpoint. Defaults to `None`.
        include_rescaling: Boolean, whether the model scales pixel values 0-255 to 0-1 itself. Defaults to `True`.
        output_stride: 32; KerasCV enlarges the last map eightfold to that of `"P2"`. Defaults to `32`.
        dropout: Float in [0, 1), rate after the pyramid pooling. Defaults to `0.1`.
        aspp_filters: Integer, channels of the pyramid pooling, or `None` as in `DeepLabV3`: 256, in the separable
            family 512. Defaults to `None`.
        projection_filters: Integer, channels that `"P2"` is projected to. Defaults to `48`.
        learning_rate: Float or `LearningRateSchedule`, or `None` for the published highest one: 9e-4, in the separable
            family 5e-4. Defaults to `None`.
        steps: Integer, number of training steps, over which the rate is warmed up and falls along a cosine, or `None`
            for a constant rate. Defaults to `None`.

    Returns:
        A compiled `keras_cv.models.DeepLabV3Plus` from RGB images to float32 logits of shape
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
    variant,
    classes,
    input_shape=(512, 512, 3),
    weights=None,
    include_rescaling=True,
    output_stride=32,
    projection_filters=256,
    learning_rate=None,
    steps=None,
):
    """KerasCV's `SegFormer`, ending in logits, compiled. Its dropout is 0.1, as published.

    Args:
        variant, classes, weights, include_rescaling, learning_rate, steps: As in `deeplab_v3_plus`.
        input_shape: Tuple `(height, width, channels)`, height and width at least 32. Defaults to `(512, 512, 3)`.
        output_stride: 32, 16 or 8, of the backbone. Defaults to `32`.
        projection_filters: Integer, channels of the head. Defaults to `256`.

    Returns:
        A compiled `KerasCVSegFormer` from RGB images to logits of shape `(batch, height, width, classes)`.

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
    """The head of KerasCV without softmax; the classifier comes before the enlargement, with which it commutes."""
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
        keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=VOID),
    )
