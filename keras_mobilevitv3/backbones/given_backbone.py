"""Resolves the `backbone` argument of segmenters and detectors: an id, a `BackboneConfig`, or a built backbone."""

import math

import keras

from keras_mobilevitv3.array_types import Model, Shape
from keras_mobilevitv3.backbones.backbone import build_backbone
from keras_mobilevitv3.backbones.config import BackboneConfig
from keras_mobilevitv3.backbones.variants import find_config
from keras_mobilevitv3.families import FAMILIES, Family


def find_backbone(
    backbone: str | BackboneConfig | Model, output_stride: int, input_shape: Shape, include_preprocessing: bool
) -> Model:
    """Returns the given backbone, or builds the backbone of an id or a `BackboneConfig`.

    Args:
        backbone: Id in the table, `BackboneConfig`, or model of `build_backbone`.
        output_stride: 32, 16 or 8. Must equal the output stride of a given model.
        input_shape: Tuple `(height, width, channels)`, used for a new model only.
        include_preprocessing: Boolean, used for a new model only.

    Returns:
        Model from images to `{"P1": ..., "P5": ...}`.

    Raises:
        ValueError: If `backbone` has another type, or is a model with another output stride.
    """
    if isinstance(backbone, (str, BackboneConfig)):
        find_config(backbone, "backbone")
        return build_backbone(
            backbone,
            input_shape=input_shape,
            output_stride=output_stride,
            include_preprocessing=include_preprocessing,
        )
    outputs = backbone.output if isinstance(backbone, keras.Model) and backbone.built else None
    if not isinstance(outputs, dict) or not {"P4", "P5"} <= set(outputs):
        raise ValueError(
            "`backbone` must be an id of the table, a `BackboneConfig`, or a model of `build_backbone`. "
            f"Received: backbone={backbone!r}"
        )
    built_stride = output_stride_of(backbone)
    if built_stride != output_stride:
        raise ValueError(
            f"`output_stride` must match the `backbone`, which was built with {built_stride}. "
            f"Received: output_stride={output_stride}"
        )
    return backbone


def output_stride_of(model: Model) -> int:
    """Returns the output stride of a model with the layers of `build_backbone`.

    The output stride is the number of pixels of the image per pixel of the last feature map.
    """
    return 2 * math.prod(model.get_layer(f"stage{stage}_block0").strides for stage in (2, 3, 4, 5))


def family_and_initialization(backbone: Model) -> tuple[Family, str]:
    """Returns the `Family` and the `initialization` of a model of `build_backbone`."""
    block = backbone.get_layer("stage5_block1")
    return FAMILIES[block.attention], block.initialization


def default_name(head: str, backbone: str | BackboneConfig | Model) -> str:
    """Returns the name of a model: the name of its head, followed by the id if `backbone` is an id."""
    return f"{head}_{backbone}" if isinstance(backbone, str) else head
