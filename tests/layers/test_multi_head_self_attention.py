import keras
import numpy as np
import pytest
from keras import ops

from keras_mobilevitv3.layers import MultiHeadSelfAttention
from tests import numpy_reference
from tests.check_layer import check_in_model, check_layer, fill_weights
from tests.reference_arrays import uniform

ARGUMENTS = {
    "dim": 12,
    "num_heads": 3,
    "dropout": 0.4,
    "kernel_initializer": keras.initializers.RandomNormal(stddev=0.3, seed=1),
    "bias_initializer": keras.initializers.RandomUniform(-0.1, 0.1, seed=2),
}


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_layer(dropout):
    check_layer(
        MultiHeadSelfAttention,
        {**ARGUMENTS, "dropout": dropout},
        input_shape=(2, 15, 12),
        output_shape=(2, 15, 12),
        trainable=4,
        other_shape=(3, 6, 12),
        changes_in_training=dropout > 0,
        at_default=() if dropout else ("dropout",),
    )


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_in_model(dropout, tmp_path):
    check_in_model(MultiHeadSelfAttention, {**ARGUMENTS, "dropout": dropout}, (2, 15, 12), tmp_path)


@pytest.mark.parametrize("num_heads", [1, 3, 4])
@pytest.mark.parametrize(("training", "dropout"), [(False, 0.5), (True, 0.0), (True, 1e-7)])
def test_equals_numpy(num_heads, training, dropout):
    """Dropout has its own way through the layer; at a rate that drops nothing the numbers are the same."""
    layer = MultiHeadSelfAttention(12, num_heads=num_heads, dropout=dropout, name="layer")
    layer.build((2, 15, 12))
    fill_weights(layer)
    inputs = uniform("attention/inputs", (2, 15, 12), -3, 3)
    expected = numpy_reference.multi_head_attention(inputs, *layer.get_weights(), num_heads)
    outputs = keras.ops.convert_to_numpy(layer(inputs, training=training))
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("training", [False, True])
def test_attention_scores(training):
    """They are those before dropout, in training too."""
    layer = MultiHeadSelfAttention(12, num_heads=3, dropout=0.5, name="layer")
    layer.build((2, 15, 12))
    fill_weights(layer)
    inputs = uniform("attention/inputs", (2, 15, 12), -3, 3)
    outputs, scores = layer(inputs, training=training, return_attention_scores=True)
    if not training:
        np.testing.assert_allclose(ops.convert_to_numpy(outputs), ops.convert_to_numpy(layer(inputs)), atol=1e-5)
    kernel, bias = layer.get_weights()[:2]
    query, key, _ = np.split((inputs @ kernel + bias).reshape(2, 15, 9, 4), 3, axis=2)
    expected = numpy_reference.softmax(np.einsum("bqhd,bkhd->bhqk", query, key) / 2, axis=-1)
    np.testing.assert_allclose(ops.convert_to_numpy(scores), expected, rtol=0, atol=1e-5)
    symbolic = layer(keras.KerasTensor((None, 15, 12)), return_attention_scores=True)
    assert [part.shape for part in symbolic] == [(None, 15, 12), (None, 3, 15, 15)]


def test_dropout_acts_on_the_probabilities():
    """With equal scores and values of one, each output is the mean of the kept probabilities."""
    layer = MultiHeadSelfAttention(8, num_heads=2, dropout=0.5)
    layer.build((64, 16, 8))
    values_alone = np.concatenate([np.zeros((8, 16)), np.eye(8)], axis=1)
    layer.set_weights([values_alone, np.zeros(24), np.eye(8), np.zeros(8)])
    ones = np.ones((64, 16, 8), "float32")
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(ones)), 1.0, rtol=1e-5)
    outputs = keras.ops.convert_to_numpy(layer(ones, training=True))
    assert abs(outputs.mean() - 1.0) < 0.05  # the kept ones are doubled
    np.testing.assert_allclose(outputs * 8, np.round(outputs * 8), atol=1e-4)  # of 16, each kept one counts 2 / 16
    for head in (outputs[..., :4], outputs[..., 4:]):
        assert np.ptp(head, axis=-1).max() < 1e-5  # a probability is dropped for all channels of its head
    assert not np.allclose(outputs[..., 0], outputs[..., 4])


def test_dropout_gives_other_values_at_each_call():
    layer = MultiHeadSelfAttention(**ARGUMENTS)
    inputs = uniform("attention/inputs", (2, 15, 12), -3, 3)
    first, second = (keras.ops.convert_to_numpy(layer(inputs, training=True)) for _ in range(2))
    assert not np.allclose(first, second)


@pytest.mark.once
def test_projections_start_from_different_values():
    layer = MultiHeadSelfAttention(8, kernel_initializer="glorot_uniform")
    layer.build((1, 4, 8))
    assert not np.allclose(ops.convert_to_numpy(layer.qkv.kernel)[:, :8], ops.convert_to_numpy(layer.out.kernel))


@pytest.mark.once
def test_multiply_adds():
    layer = MultiHeadSelfAttention(8, num_heads=2)
    projections = 5 * (8 * 24 + 8 * 8)
    assert layer.multiply_adds((4, 5, 8), published=False) == 4 * (projections + 5 * 5 * 8 + 5 * 5 * 8)
    assert layer.multiply_adds((4, 5, 8)) == 4 * (projections + 5 * (24 + 8) + 2 * 5 * 8 * 8)


@pytest.mark.once
def test_bad_num_heads():
    with pytest.raises(ValueError, match="`num_heads` must divide `dim`. Received: dim=12, num_heads=5"):
        MultiHeadSelfAttention(12, num_heads=5)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_in_a_compiled_program(policy):
    layer = MultiHeadSelfAttention(8, num_heads=2)
    half = MultiHeadSelfAttention(8, num_heads=2, dtype=policy)
    tokens = uniform("half/tokens", (2, 6, 8), -1, 1)
    expected = ops.convert_to_numpy(layer(tokens))
    half.build(tokens.shape)
    half.set_weights(layer.get_weights())
    outputs = keras.Sequential([keras.Input((6, 8)), half]).predict(tokens, verbose=0)
    np.testing.assert_allclose(outputs.astype("float32"), expected, atol=0.03)
