import json

import keras
import numpy as np
import pytest

from keras_mobilevitv3.blocks import InvertedResidual, MobileViTBlock, TransformerEncoder
from keras_mobilevitv3.layers import (
    ConvNormAct,
    MultiHeadSelfAttention,
    PyramidPooling,
    SeparableConvNormAct,
    SeparableSelfAttention,
    SpatialPyramidPooling,
)
from keras_mobilevitv3.layers.composite_layer import CompositeLayer, freeze_sublayers, sublayers

pytestmark = pytest.mark.once

SHAPE = (1, 8, 8, 8)
LAYERS = {
    "conv": (lambda **kwargs: ConvNormAct(8, **kwargs), SHAPE),
    "separable_conv": (lambda **kwargs: SeparableConvNormAct(8, **kwargs), SHAPE),
    "multi_head": (lambda **kwargs: MultiHeadSelfAttention(8, **kwargs), (1, 4, 8)),
    "separable": (lambda **kwargs: SeparableSelfAttention(8, **kwargs), SHAPE),
    "aspp": (lambda **kwargs: SpatialPyramidPooling(4, (1, 2), **kwargs), SHAPE),
    "psp": (lambda **kwargs: PyramidPooling(4, 2, (1, 2), **kwargs), SHAPE),
    "encoder": (lambda **kwargs: TransformerEncoder(8, 16, "multi_head", **kwargs), (1, 4, 8)),
    "inverted_residual": (lambda **kwargs: InvertedResidual(8, expand_ratio=2, **kwargs), SHAPE),
    "block": (lambda **kwargs: MobileViTBlock(8, 4, 8, 1, "separable", **kwargs), SHAPE),
}
EVERY_LAYER = pytest.mark.parametrize("kind", LAYERS)


def built(kind, **kwargs):
    make, shape = LAYERS[kind]
    layer = make(**kwargs)
    layer.build(shape)
    return layer


def copied(layer):
    """The layer from its config, as JSON keeps it, built."""
    config = json.dumps(layer.get_config())
    copy = type(layer).from_config(json.loads(config))
    assert json.dumps(copy.get_config()) == config
    copy.build(layer.get_build_config()["input_shape"])
    assert json.dumps(copy.get_config()) == config
    return copy


def flags(layer):
    return {name: part.trainable for name, part in sublayers(layer)}


def trainable(layer):
    return [variable.path for variable in layer.trainable_variables]


def test_every_composite_layer_is_here():
    def subclasses(kind):
        return {kind, *(found for direct in kind.__subclasses__() for found in subclasses(direct))}

    names = {kind.__name__ for kind in subclasses(CompositeLayer) if kind.__module__.startswith("keras_mobilevitv3")}
    assert names - {"CompositeLayer", "FoldableLayer"} == {type(make()).__name__ for make, _ in LAYERS.values()}


@EVERY_LAYER
@pytest.mark.parametrize("whole", [True, False])
def test_sublayers_keep_their_flags(kind, whole):
    """In a layer that is trained as a whole, and in one that is not."""
    layer = built(kind)
    layer.trainable = whole
    assert "frozen" not in layer.get_config()
    for (_, part), flag in zip(sublayers(layer), np.random.default_rng(len(kind)).random(99) < 0.5):
        part.trainable = bool(flag)
    list(sublayers(layer))[-1][1].trainable = not whole
    assert layer.get_config()["frozen"] == [name for name, flag in flags(layer).items() if not flag]
    copy = copied(layer)
    assert flags(copy) == flags(layer)
    assert [variable.trainable for variable in copy.variables] == [variable.trainable for variable in layer.variables]
    freeze_sublayers(layer, None)
    assert set(flags(layer).values()) == {whole} and "frozen" not in layer.get_config()


@EVERY_LAYER
def test_a_layer_frozen_as_a_whole(kind):
    """By the argument, before building and after; configs that only say that of the layer itself are read too."""
    before, after = LAYERS[kind][0](), built(kind)
    for layer in (before, after):
        layer.trainable = False
    before.build(LAYERS[kind][1])
    for layer in (before, after, built(kind, trainable=False)):
        assert not any(flags(layer).values()) and not any(variable.trainable for variable in layer.variables)
        config = layer.get_config()
        assert "frozen" not in config and not config["trainable"]
    assert not any(flags(copied(after)).values())


@pytest.mark.parametrize("value", [True, False])
def test_a_layer_from_a_config_can_be_set_before_it_is_built(value):
    layer = built("inverted_residual")
    layer.expand.norm.trainable = False
    copy = InvertedResidual.from_config(layer.get_config())
    copy.trainable = value
    copy.build(SHAPE)
    assert set(flags(copy).values()) == {value}


def test_a_folded_layer_from_the_config_of_one_with_frozen_norms():
    layer = built("inverted_residual")
    for part in (layer.expand.norm, layer.project):
        part.trainable = False
    folded = InvertedResidual.from_config({**layer.get_config(), "fused": True})
    folded.build(SHAPE)
    assert folded.get_config()["frozen"] == ["project", "project/conv"]


@pytest.mark.parametrize("arguments", [{"frozen": ["conv", "nrom"]}, {"sublayer_settings": {"nrom": {"lora_rank": 2}}}])
def test_unknown_sublayers(arguments):
    with pytest.raises(ValueError, match="must have names of sublayers of 'layer': conv, norm. Received: nrom"):
        ConvNormAct(8, name="layer", **arguments)


@pytest.mark.parametrize("kind", ["multi_head", "block"])
def test_lora_weights_stay_what_is_trained(kind):
    layer = built(kind)
    dense = [part for _, part in sublayers(layer) if isinstance(part, keras.layers.Dense)]
    dense[0].enable_lora(2)
    copy = copied(layer)
    assert trainable(copy) == trainable(layer)
    assert len([path for path in trainable(copy) if "lora" in path]) == 2
    (part,) = [part for _, part in sublayers(copy) if getattr(part, "lora_enabled", False)]
    assert part.lora_rank == 2


@pytest.mark.parametrize("mode", ["int8", "float8"])
def test_quantized_sublayers(mode):
    layer = built("multi_head")
    layer.out.quantize(mode)
    copy = copied(layer)
    assert (copy.out.quantization_mode, copy.qkv.quantization_mode) == (mode, None)
    values = {weight.path: weight for weight in layer.weights}
    assert len(copy.weights) == len(values)
    for weight in copy.weights:  # which Keras makes in another order in a layer that is quantized before it is built
        weight.assign(values[weight.path])
    inputs = np.random.default_rng(0).normal(size=(2, 4, 8)).astype("float32")
    np.testing.assert_array_equal(*(keras.ops.convert_to_numpy(one(inputs)) for one in (copy, layer)))
