import keras
import numpy as np
import pytest

from keras_mobilevitv3.block_options import check_attention
from keras_mobilevitv3.blocks import TransformerEncoder
from tests import numpy_reference
from tests.check_layer import check_in_model, check_layer, fill_weights
from tests.reference_arrays import uniform

BASE = {
    "dim": 12,
    "ffn_dim": 20,
    "attention": "multi_head",
    "num_heads": 3,
    "dropout": 0.3,
    "attention_dropout": 0.2,
    "ffn_dropout": 0.1,
    "activation": "relu",
    "initialization": "pytorch_uniform",
}
RATES = ("dropout", "attention_dropout", "ffn_dropout")
SHAPES = {"multi_head": (2, 15, 12), "separable": (2, 6, 10, 12)}
OTHER_SHAPES = {"multi_head": (3, 6, 12), "separable": (3, 4, 2, 12)}
FAMILIES = pytest.mark.parametrize("attention", ["multi_head", "separable"])


@FAMILIES
def test_layer(attention):
    check_layer(
        TransformerEncoder,
        {**BASE, "attention": attention},
        input_shape=SHAPES[attention],
        output_shape=SHAPES[attention],
        trainable=12,
        other_shape=OTHER_SHAPES[attention],
        changes_in_training=True,
    )


@FAMILIES
@pytest.mark.parametrize("rate", [None, *RATES])
def test_each_rate_alone_acts_in_training(attention, rate):
    layer = TransformerEncoder(**{**BASE, "attention": attention, **{name: 0.0 for name in RATES if name != rate}})
    inputs = uniform("encoder/inputs", SHAPES[attention], -2, 2)
    trained = keras.ops.convert_to_numpy(layer(inputs, training=True))
    outputs = keras.ops.convert_to_numpy(layer(inputs))
    assert np.allclose(trained, outputs, atol=1e-5) == (rate is None)


@FAMILIES
def test_in_model(attention, tmp_path):
    check_in_model(TransformerEncoder, {**BASE, "attention": attention}, SHAPES[attention], tmp_path)


@FAMILIES
def test_equals_numpy(attention):
    layer = TransformerEncoder(12, 20, attention, num_heads=3, name="layer")
    layer.build(SHAPES[attention])
    fill_weights(layer)
    inputs = uniform("encoder/inputs", SHAPES[attention], -2, 2)
    expected = encoder(layer, inputs)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(inputs)), expected, rtol=0, atol=1e-5)


def encoder(layer, x):
    norm = numpy_reference.layer_norm if layer.attention == "multi_head" else numpy_reference.group_norm
    normed = norm(x, *layer.attention_norm.get_weights())
    weights = layer.attention_layer.get_weights()
    if layer.attention == "multi_head":
        x = x + numpy_reference.multi_head_attention(normed, *weights, layer.num_heads)
    else:
        x = x + numpy_reference.separable_attention(normed, *weights)
    normed = norm(x, *layer.ffn_norm.get_weights())
    kernel, bias = layer.ffn_expand.get_weights()
    hidden = numpy_reference.silu(normed @ kernel + bias)
    kernel, bias = layer.ffn_project.get_weights()
    return x + hidden @ kernel + bias


@FAMILIES
def test_norm_epsilon(attention):
    """Inputs so small that the epsilon decides."""
    layer = TransformerEncoder(12, 20, attention, num_heads=3, name="layer")
    layer.build(SHAPES[attention])
    inputs = uniform("encoder/inputs", SHAPES[attention], -0.003, 0.003)
    norm = numpy_reference.layer_norm if attention == "multi_head" else numpy_reference.group_norm
    for part in (layer.attention_norm, layer.ffn_norm):
        outputs = keras.ops.convert_to_numpy(part(inputs))
        np.testing.assert_allclose(outputs, norm(inputs.astype("float64"), 1.0, 0.0), rtol=0, atol=1e-5)


@FAMILIES
@pytest.mark.parametrize("branch", ["attention", "ffn"])
def test_dropout_acts_on_both_branches(attention, branch):
    """With the other branch silenced, the output minus the input is dropped or doubled."""
    layer = TransformerEncoder(12, 20, attention, num_heads=3, dropout=0.5, name="layer")
    layer.build(SHAPES[attention])
    fill_weights(layer)
    silent = layer.ffn_project if branch == "attention" else layer.attention_layer.out
    silent.set_weights([np.zeros_like(weight) for weight in silent.get_weights()])
    inputs = uniform("encoder/inputs", SHAPES[attention], -2, 2)
    plain = keras.ops.convert_to_numpy(layer(inputs)) - inputs
    trained = keras.ops.convert_to_numpy(layer(inputs, training=True)) - inputs
    kept = np.abs(trained) > np.abs(plain)
    np.testing.assert_allclose(trained, 2 * plain * kept, rtol=0, atol=1e-5)
    assert 0.35 < kept.mean() < 0.65


@pytest.mark.once
def test_multiply_adds():
    layer = TransformerEncoder(8, 12, "multi_head", num_heads=2)
    attention = 5 * (8 * 24 + 8 * 8) + 2 * 5 * 5 * 8
    assert layer.multiply_adds((4, 5, 8), published=False) == 4 * (attention + 2 * 5 * 8 * 12)
    assert layer.multiply_adds((4, 5, 8)) == layer.attention_layer.multiply_adds((4, 5, 8)) + 4 * 5 * (2 * 96 + 12 + 8)
    layer = TransformerEncoder(8, 12, "separable")
    assert layer.multiply_adds((1, 6, 4, 8), published=False) == 24 * (8 * 17 + 8 * 8 + 2 * 8 * 12)


@pytest.mark.once
def test_bad_attention():
    with pytest.raises(ValueError, match="`attention` must be one of .*Received: attention='linear'"):
        check_attention("linear")
    with pytest.raises(ValueError, match="`attention` must be one of"):
        TransformerEncoder(8, 8, None)


@pytest.mark.once
def test_bad_num_heads():
    with pytest.raises(ValueError, match="`num_heads` must divide `dim`. Received: dim=12, num_heads=5"):
        TransformerEncoder(12, 8, "multi_head", num_heads=5)
    TransformerEncoder(12, 8, "separable", num_heads=5)  # without heads
