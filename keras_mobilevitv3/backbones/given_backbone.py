"""The `backbone` argument of segmenters and detectors: an id, a config, or a model of `build_backbone`."""

import math

import keras

from keras_mobilevitv3.backbones.backbone import build_backbone
from keras_mobilevitv3.backbones.config import BackboneConfig
from keras_mobilevitv3.backbones.variants import find_config
from keras_mobilevitv3.families import FAMILIES


def find_backbone(backbone, output_stride, input_shape, include_preprocessing):
    """The model that the `backbone` argument of a builder stands for.

    Args:
        backbone: Id of the table, `BackboneConfig`, or model of `build_backbone`.
        output_stride: 32, 16 or 8; that of a given model.
        input_shape: Tuple `(height, width, channels)` for a new model.
        include_preprocessing: Boolean, for a new model.

    Returns:
        Model from images to `{"P1": ..., "P5": ...}`.

    Raises:
        ValueError: If `backbone` is nothing of the kind, or a model of another stride.
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
    own_stride = output_stride_of(backbone)
    if own_stride != output_stride:
        raise ValueError(
            f"`output_stride` must be that of the `backbone`, which was built with {own_stride}. "
            f"Received: output_stride={output_stride}"
        )
    return backbone


def output_stride_of(model):
    """Pixels of the image per pixel of the last feature map of a model with the layers of `build_backbone`."""
    return 2 * math.prod(model.get_layer(f"stage{stage}_block0").strides for stage in (2, 3, 4, 5))


def family_and_initialization(backbone):
    """The `Family` and the kind of initial weights of a model of `build_backbone`."""
    block = backbone.get_layer("stage5_block1")
    return FAMILIES[block.attention], block.initialization


def default_name(head, backbone):
    """Name of a segmenter: of its head, and of its backbone if that is one of the table."""
    return f"{head}_{backbone}" if isinstance(backbone, str) else head
