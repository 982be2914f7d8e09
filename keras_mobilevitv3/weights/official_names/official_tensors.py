"""Maps the variables of a Keras model to names and layouts of official checkpoints."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from keras_mobilevitv3.array_types import Model
from keras_mobilevitv3.blocks.family_of_model import required_family_of
from keras_mobilevitv3.families import MULTI_HEAD, SEPARABLE
from keras_mobilevitv3.weights.official_names.head_names import ENCODER, classifier_layers, task_layers

STEM = "conv_1"

# Official names of sublayers by class and attribute. `{}` stands for the index in a list of sublayers.
# `Family.official_names` has the names that differ between the families.
SUBLAYERS = {
    "ConvNormAct": {"conv": "block.conv", "norm": "block.norm"},
    "InvertedResidual": {
        "expand": "block.exp_1x1",
        "depthwise": "block.conv_3x3",
        "project": "block.red_1x1",
    },
    "MultiHeadSelfAttention": {"qkv": "qkv_proj", "out": "out_proj"},
    "SeparableSelfAttention": {"qkv": "qkv_proj.block.conv", "out": "out_proj.block.conv"},
    "SpatialPyramidPooling": {
        "branches": "convs.{}",
        "pool_conv": "convs.4.aspp_pool.conv_1x1",
        "project": "project",
    },
    "PyramidPooling": {"branches": "psp_branches.{}.1", "fusion": "fusion.0"},
    "SeparableConvNormAct": {"depthwise": "dw_conv", "pointwise": "pw_conv"},
}
VARIABLES = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}

PADDLE_FAMILY = MULTI_HEAD  # PaddleClas uses the classifier name of this family in both families
# Replacements of parts of official names, in this order.
PADDLE_NAMES = {
    "qkv_proj.block.conv.": "qkv_proj.",
    "out_proj.block.conv.": "out_proj.",
    "pre_norm_ffn.1.block.conv.": "pre_norm_ffn.1.",
    "pre_norm_ffn.3.block.conv.": "pre_norm_ffn.4.",
    ".block.conv.": ".conv.",
    ".block.norm.": ".norm.",
    "running_mean": "_mean",
    "running_var": "_variance",
    SEPARABLE.official_names.classifier: MULTI_HEAD.official_names.classifier,
}


class OfficialTensor(NamedTuple):
    """Variable of a Keras model and its layout in official checkpoints.

    Args:
        variable: `keras.Variable`.
        layout: `"conv"`, `"depthwise"`, `"linear"` (transposed matrix), `"pointwise"` (matrix as a 1x1 convolution),
            `"matrix"` (not transposed) or `"vector"`.
    """

    variable: Any
    layout: str


def official_tensors(model: Model, merged: Iterable[Any] = ()) -> dict[str, OfficialTensor]:
    """Maps official names to the variables of a model.

    Args:
        model: Model of this package: classifier, backbone, segmenter or detector.
        merged: Variables that are merged into other variables and need no name. Defaults to `()`.

    Returns:
        Dict from official name to `OfficialTensor`, in the order of the layers.

    Raises:
        ValueError: If the model has no MobileViT block, or has weights without an official name.
    """
    family = required_family_of(model)
    heads = task_layers(family)
    encoder = ENCODER if any(layer.name in heads for layer in model.layers) else ""
    heads |= classifier_layers(family)
    tensors: dict[str, OfficialTensor] = {}
    for layer in model.layers:
        backbone_name = _backbone_name(layer)
        name = heads.get(layer.name) if backbone_name is None else encoder + backbone_name
        if name is not None:
            tensors.update(_tensors_of_layer(layer, name, family))
    named = {id(variable) for variable in (*merged, *(tensor.variable for tensor in tensors.values()))}
    unnamed = [weight.path for weight in model.weights if id(weight) not in named]
    if unnamed:
        raise ValueError(f"`model` has weights without an official name: {', '.join(unnamed)}")
    return tensors


def paddle_tensors(tensors: Mapping[str, OfficialTensor]) -> dict[str, OfficialTensor]:
    """Converts official names and layouts to those of PaddleClas.

    Args:
        tensors: Dict from official name to `OfficialTensor`.

    Returns:
        Dict from PaddleClas name to `OfficialTensor`. PaddleClas stores linear layers in the layout of Keras.
    """
    return {
        _paddle_name(name): tensor._replace(layout="matrix") if tensor.layout == "linear" else tensor
        for name, tensor in tensors.items()
    }


def _paddle_name(name):
    for official, paddle in PADDLE_NAMES.items():
        name = name.replace(official, paddle)
    return name


def _backbone_name(layer):
    """Returns the official name of a backbone layer, such as `layer_3.1` for `stage3_block1`. `None` for others."""
    block = re.fullmatch(r"stage(\d)_block(\d)", layer.name)
    if block:
        return f"layer_{block[1]}.{block[2]}"
    return STEM if layer.name == "stem" else None


def _official_sublayers(layer, family):
    """Returns a dict from attribute to official name, for the sublayers of a layer. `None` if there are none."""
    names = family.official_names
    own = {"TransformerEncoder": names.transformer_encoder, "MobileViTBlock": names.mobilevit_block}
    return {**SUBLAYERS, **own}.get(type(layer).__name__)


def _tensors_of_layer(layer, prefix, family):
    """Yields pairs of an official name and an `OfficialTensor`, for a layer and its sublayers."""
    children = _official_sublayers(layer, family)
    if children is None:
        yield from _own_variables(layer, prefix)
        return
    for attribute, name in children.items():
        child = getattr(layer, attribute)
        if isinstance(child, list):
            for number, each in enumerate(child):
                yield from _tensors_of_layer(each, f"{prefix}.{name.format(number)}", family)
        elif child is not None:
            yield from _tensors_of_layer(child, f"{prefix}.{name}", family)
    if type(layer).__name__ == "MobileViTBlock":
        for index, child in enumerate((*layer.encoders, layer.norm)):
            yield from _tensors_of_layer(child, f"{prefix}.global_rep.{index}", family)


def _own_variables(layer, prefix):
    for variable in layer.weights:
        if variable.name in VARIABLES:
            name = f"{prefix}.{VARIABLES[variable.name]}"
            yield name, OfficialTensor(variable, _layout(type(layer).__name__, variable, prefix))


def _layout(class_name, variable, prefix):
    if variable.name != "kernel":
        return "vector"
    if class_name == "Dense":
        return "pointwise" if prefix.endswith("block.conv") else "linear"
    return "depthwise" if class_name == "DepthwiseConv2D" else "conv"
