import keras
import numpy as np
import pytest

from keras_mobilevitv3.layers import SeparableSelfAttention
from tests import numpy_reference
from tests.check_layer import check_in_model, check_layer, fill_weights
from tests.reference_arrays import uniform

ARGUMENTS = {
    "dim": 12,
    "dropout": 0.4,
    "kernel_initializer": keras.initializers.RandomNormal(stddev=0.3, seed=1),
    "bias_initializer": keras.initializers.RandomUniform(-0.1, 0.1, seed=2),
}


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_layer(dropout):
    check_layer(
        SeparableSelfAttention,
        {**ARGUMENTS, "dropout": dropout},
        input_shape=(2, 6, 10, 12),
        output_shape=(2, 6, 10, 12),
        trainable=4,
        other_shape=(3, 4, 2, 12),
        changes_in_training=dropout > 0,
        at_default=() if dropout else ("dropout",),
    )


def test_in_model(tmp_path):
    check_in_model(SeparableSelfAttention, ARGUMENTS, (2, 6, 10, 12), tmp_path)


def filled_layer(dim, **arguments):
    layer = SeparableSelfAttention(dim, **arguments, name="layer")
    layer.build((2, 6, 10, dim))
    fill_weights(layer)
    return layer


@pytest.mark.parametrize("size", [(6, 10), (2, 2), (8, 4)])
@pytest.mark.parametrize("training", [False, True])
def test_equals_numpy(size, training):
    layer = filled_layer(12)
    inputs = uniform("attention/inputs", (2, *size, 12), -3, 3)
    expected = numpy_reference.separable_attention(inputs, *layer.get_weights())
    outputs = keras.ops.convert_to_numpy(layer(inputs, training=training))
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=1e-5)


def test_attention_scores():
    layer = filled_layer(12)
    inputs = uniform("attention/inputs", (2, 6, 10, 12), -3, 3)
    outputs, scores = layer(inputs, return_attention_scores=True)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(outputs), keras.ops.convert_to_numpy(layer(inputs)))
    kernel, bias = layer.get_weights()[:2]
    query = numpy_reference.unfold(inputs) @ kernel[:, :1] + bias[:1]
    expected = numpy_reference.fold(numpy_reference.softmax(query, axis=2), 6, 10)[..., 0]
    np.testing.assert_allclose(keras.ops.convert_to_numpy(scores), expected, rtol=0, atol=1e-6)
    symbolic = layer(keras.KerasTensor((None, 6, 10, 12)), return_attention_scores=True)
    assert [part.shape for part in symbolic] == [(None, 6, 10, 12), (None, 6, 10)]


def test_large_scores():
    """The softmax survives scores that overflow an exponential."""
    layer = filled_layer(12)
    layer.qkv.kernel.assign(keras.ops.convert_to_numpy(layer.qkv.kernel) * np.where(np.arange(25) == 0, 500.0, 1.0))
    inputs = uniform("attention/inputs", (2, 6, 10, 12), -3, 3)
    expected = numpy_reference.separable_attention(inputs, *layer.get_weights())
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(inputs)), expected, rtol=0, atol=2e-3)


def test_dropout_acts_on_the_scores():
    """With equal scores and keys of one, the context counts the kept patches, alike for all channels."""
    layer = SeparableSelfAttention(4, dropout=0.5)
    layer.build((32, 8, 8, 4))
    keys_and_values = np.concatenate([np.zeros((4, 1)), np.eye(4), np.eye(4)], axis=1)
    layer.set_weights([keys_and_values, np.zeros(9), np.eye(4), np.zeros(4)])
    ones = np.ones((32, 8, 8, 4), "float32")
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(ones)), 1.0, rtol=1e-5)
    outputs = keras.ops.convert_to_numpy(layer(ones, training=True))
    assert abs(outputs.mean() - 1.0) < 0.1
    assert outputs.std() > 0.05
    assert np.ptp(outputs, axis=-1).max() < 1e-5
    np.testing.assert_allclose(outputs * 8, np.round(outputs * 8), atol=1e-4)  # of 16, each kept one counts 2 / 16


def test_large_maps_in_half_precision():
    """Of 16384 patches each gives the context 1 / 16384 of a key of 4e-4, which float16 would round to zero."""
    layer = SeparableSelfAttention(4, dtype="mixed_float16")
    layer.build((1, 256, 256, 4))
    keys_and_values = np.concatenate([np.zeros((4, 1)), 4e-4 * np.eye(4), np.eye(4)], axis=1)
    layer.set_weights([keys_and_values, np.zeros(9), np.eye(4), np.zeros(4)])
    outputs = keras.ops.convert_to_numpy(layer(np.ones((1, 256, 256, 4), "float16")))
    np.testing.assert_allclose(outputs.astype("float32"), 4e-4, rtol=5e-3)


@pytest.mark.once
def test_multiply_adds():
    layer = SeparableSelfAttention(8)
    assert layer.multiply_adds((2, 6, 10, 8), published=False) == 2 * 60 * (8 * 17 + 8 * 8)
    assert layer.multiply_adds((1, 6, 10, 8)) == 60 * (8 * 17 + 17 + 8 * 8 + 8)
