from collections.abc import Sequence
from typing import Any

import keras

from keras_mobilevitv3.array_types import Tensor
from keras_mobilevitv3.layers import ConvNormAct, SeparableConvNormAct

PROJECTION_FILTERS = (512, 256, 256, 128, 128, 64)
EXTRA_FILTERS = {"os_64": 256, "os_128": 128, "os_256": 128}  # layer name to filters; "os_64" is output stride 64
GLOBAL_FILTERS = 64


def extra_feature_maps(features: Tensor) -> list[Tensor]:
    """Builds four smaller feature maps from the last feature map of a backbone.

    Args:
        features: Float tensor of shape `(batch, height, width, channels)`, at stride 32.

    Returns:
        List of four float tensors: feature maps at strides 64, 128 and 256, and a feature map of `1 x 1` pixels.
    """
    maps = []
    for name, filters in EXTRA_FILTERS.items():
        features = SeparableConvNormAct(filters, strides=2, name=name)(features)
        maps.append(features)
    vector = keras.layers.GlobalAveragePooling2D(keepdims=True, data_format="channels_last", name="os_global_pool")(
        features
    )
    maps.append(ConvNormAct(GLOBAL_FILTERS, kernel_size=1, use_norm=False, activation="relu", name="os_global")(vector))
    return maps


def ssdlite_head(maps: Sequence[Tensor], classes: int, anchors_per_cell: Sequence[int]) -> dict[str, Tensor]:
    """Predicts class scores and box regressions of the anchors on six feature maps of known sizes.

    Args:
        maps: List of six float tensors of shape `(batch, height, width, channels)`, large maps first.
        classes: Integer, number of classes without the background.
        anchors_per_cell: Six integers, number of anchors on each pixel of each map.

    Returns:
        Dict of `"class_logits"` of shape `(batch, anchors, classes + 1)`, the background first, and
        `"box_regressions"` of shape `(batch, anchors, 4)`. Anchors are sorted by map, row, column, and position on the
        pixel. Under mixed precision both tensors are float32.
    """
    outputs = []
    for level, (features, anchors) in enumerate(zip(maps, anchors_per_cell, strict=True)):
        predictions = _predictions(features, level, anchors * (4 + classes + 1))  # (B, H, W, A * (4 + K))
        outputs.append(keras.layers.Reshape((-1, 4 + classes + 1), name=f"ssd_head{level}_anchors")(predictions))
    outputs = keras.layers.Concatenate(axis=1, name="ssd_heads")(outputs)
    dtype = keras.config.dtype_policy().variable_dtype
    return {
        "class_logits": keras.layers.Activation("linear", dtype=dtype, name="class_logits")(outputs[..., 4:]),
        "box_regressions": keras.layers.Activation("linear", dtype=dtype, name="box_regressions")(outputs[..., :4]),
    }


def _predictions(features, level, filters):
    arguments: dict[str, Any] = {"use_norm": False, "use_bias": True, "activation": None, "name": f"ssd_head{level}"}
    if level == len(PROJECTION_FILTERS) - 1:
        return ConvNormAct(filters, kernel_size=1, **arguments)(features)
    if features.shape[-1] != PROJECTION_FILTERS[level]:
        features = ConvNormAct(
            PROJECTION_FILTERS[level], kernel_size=1, activation="relu", name=f"ssd_head{level}_project"
        )(features)
    return SeparableConvNormAct(filters, **arguments)(features)
