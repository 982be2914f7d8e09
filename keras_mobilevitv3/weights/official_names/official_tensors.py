"""Names of the official checkpoints for the variables of a Keras model."""

import re
from typing import NamedTuple

from keras_mobilevitv3.blocks.family_of_model import family_of
from keras_mobilevitv3.families import MULTI_HEAD, SEPARABLE
from keras_mobilevitv3.weights.official_names.head_names import ENCODER, classifier_layers, task_layers

STEM = "conv_1"

# Names of the sublayers, by the class that holds them, with `{}` for the numbers of those in a list. The names in
# which the families differ are in `Family.official_names`.
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

PADDLE_FAMILY = MULTI_HEAD  # PaddleClas names the classifier so in both families
# Replaced in this order.
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
    """A variable of a Keras model and how its official twin is laid out.

    `layout` is `"conv"`, `"depthwise"`, `"linear"` (matrix, transposed), `"pointwise"` (matrix as a 1x1 convolution),
    `"matrix"` (as it is) or `"vector"`.
    """

    variable: object
    layout: str


def required_family_of(model):
    """The `Family` of a model, from its MobileViT blocks.

    Raises:
        ValueError: If the model has no MobileViT block.
    """
    family = family_of(model)
    if family is None:
        raise ValueError(f"`model` must hold MobileViT blocks. Received: model={model.name!r} without any")
    return family


def official_tensors(model, merged=()):
    """Maps the official names to the variables of a model.

    Args:
        model: Model of this package: classifier, backbone, segmenter or detector.
        merged: Variables of the model that are merged into others and need no name. Defaults to none.

    Returns:
        Dict from official name to `OfficialTensor`, in the order of the layers.

    Raises:
        ValueError: If the model has no MobileViT block, or weights that have no official name.
    """
    family = required_family_of(model)
    heads = task_layers(family)
    encoder = ENCODER if any(layer.name in heads for layer in model.layers) else ""
    heads |= classifier_layers(family)
    tensors = {}
    for layer in model.layers:
        backbone_name = _backbone_name(layer)
        name = heads.get(layer.name) if backbone_name is None else encoder + backbone_name
        if name is not None:
            tensors.update(_walk(layer, name, family))
    named = {id(variable) for variable in (*merged, *(tensor.variable for tensor in tensors.values()))}
    unnamed = [weight.path for weight in model.weights if id(weight) not in named]
    if unnamed:
        raise ValueError(f"`model` has weights without an official name: {', '.join(unnamed)}")
    return tensors


def paddle_tensors(tensors):
    """The same variables under the names and in the layouts of PaddleClas.

    Args:
        tensors: Dict from official name to `OfficialTensor`.

    Returns:
        Dict from the name in a PaddleClas file to `OfficialTensor`; linear layers are stored there as Keras has them.
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
    """Official name of a layer of the backbone, `layer_3.1` of `stage3_block1`; `None` if it is none."""
    block = re.fullmatch(r"stage(\d)_block(\d)", layer.name)
    if block:
        return f"layer_{block[1]}.{block[2]}"
    return STEM if layer.name == "stem" else None


def _sublayers(layer, family):
    """Official names of the sublayers of a layer, or `None` if it has none."""
    names = family.official_names
    own = {"TransformerEncoder": names.transformer_encoder, "MobileViTBlock": names.mobilevit_block}
    return {**SUBLAYERS, **own}.get(type(layer).__name__)


def _walk(layer, prefix, family):
    children = _sublayers(layer, family)
    if children is None:
        yield from _own_variables(layer, prefix)
        return
    for attribute, name in children.items():
        child = getattr(layer, attribute)
        if isinstance(child, list):
            for number, each in enumerate(child):
                yield from _walk(each, f"{prefix}.{name.format(number)}", family)
        elif child is not None:
            yield from _walk(child, f"{prefix}.{name}", family)
    if type(layer).__name__ == "MobileViTBlock":
        for index, child in enumerate((*layer.encoders, layer.norm)):
            yield from _walk(child, f"{prefix}.global_rep.{index}", family)


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
