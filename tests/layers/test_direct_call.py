import keras
import numpy as np
import pytest
from keras import ops

from keras_mobilevitv3.blocks import InvertedResidual, MobileViTBlock, TransformerEncoder
from keras_mobilevitv3.layers import ConvNormAct
from tests.reference_arrays import uniform

BLOCKS = {
    "inverted_residual": lambda **kwargs: InvertedResidual(8, **kwargs),
    "multi_head": lambda **kwargs: MobileViTBlock(8, 8, 16, 1, "multi_head", **kwargs),
    "separable": lambda **kwargs: MobileViTBlock(8, 8, 16, 1, "separable", **kwargs),
}
INPUTS = uniform("direct_call/inputs", (2, 8, 8, 8), -1, 1).astype("float32")
torch_only = pytest.mark.skipif(keras.backend.backend() != "torch", reason="sublayers are called directly on PyTorch")


@pytest.fixture
def called(monkeypatch):
    """Names of the layers whose `__call__` ran."""
    names, call = [], keras.Layer.__call__

    def record(layer, *args, **kwargs):
        names.append(layer.name)
        return call(layer, *args, **kwargs)

    monkeypatch.setattr(keras.Layer, "__call__", record)
    return names


def built(kind, **kwargs):
    layer = BLOCKS[kind](name="block", **kwargs)
    layer.build(INPUTS.shape)
    return layer


@torch_only
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("kind", BLOCKS)
def test_plain_sublayers_are_called_directly(kind, training, called):
    layer = built(kind)
    layer(INPUTS, training=training)
    assert called == ["block"]


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("kind", BLOCKS)
def test_outputs_are_those_of_calls(kind, training, monkeypatch):
    outputs, weights = [], []
    for _ in range(2):
        keras.utils.set_random_seed(1)
        layer = built(kind, **({} if kind == "inverted_residual" else {"dropout": 0.3}))
        outputs.append(ops.convert_to_numpy(layer(INPUTS, training=training)))
        weights.append(layer.get_weights())
        monkeypatch.setattr("keras_mobilevitv3.layers.composite_layer.needs_call_only", lambda *arguments: False)
    np.testing.assert_array_equal(*outputs)
    for values in zip(*weights):
        np.testing.assert_array_equal(*values)


@torch_only
def test_quantized_and_adapted_sublayers_are_called_in_full(called):
    encoder = TransformerEncoder(8, 16, "separable", name="encoder")
    encoder.build(INPUTS.shape)
    encoder.ffn_expand.quantize("int8")
    encoder.ffn_project.enable_lora(2)
    encoder(INPUTS)
    assert called == ["encoder", "ffn_expand", "ffn_project"]


@torch_only
def test_sublayers_in_mixed_precision_are_called_in_full(called):
    layer = built("inverted_residual", dtype="mixed_bfloat16")
    layer(INPUTS)
    assert called[:4] == ["block", "expand", "conv", "norm"]


@torch_only
def test_hooks_of_sublayers_run():
    layer, seen = built("separable"), []
    layer.encoders[0].ffn_project.register_forward_hook(lambda module, inputs, outputs: seen.append(outputs.shape))
    layer(INPUTS)
    assert seen == [INPUTS.shape]


def test_activity_regularizers_of_sublayers_add_losses():
    layer = built("separable")
    layer.encoders[0].ffn_project.activity_regularizer = keras.regularizers.L2(1.0)
    layer(INPUTS)
    assert len(layer.losses) == 1


@pytest.mark.parametrize("kind", BLOCKS)
def test_frozen_sublayers_keep_their_statistics(kind):
    layer = built(kind)
    part = layer.expand if kind == "inverted_residual" else layer.local_conv
    part.trainable = False
    before = part.norm.get_weights()
    layer(INPUTS, training=True)
    for old, new in zip(before, part.norm.get_weights()):
        np.testing.assert_array_equal(old, new)


def test_wrong_channels_have_the_error_of_keras():
    layer = ConvNormAct(4)
    layer.build(INPUTS.shape)
    with pytest.raises(ValueError, match="incompatible with the layer"):
        layer(INPUTS[..., :4])
