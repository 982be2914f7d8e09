import keras
import numpy as np
import pytest

from keras_mobilevitv3.layers import GroupNormalization
from tests.check_layer import check_in_model, check_layer
from tests.reference_arrays import uniform

SHAPE = (2, 4, 6, 8)
ARGUMENTS = {
    "epsilon": 1e-3,
    "beta_initializer": keras.initializers.Constant(0.1),
    "gamma_initializer": keras.initializers.Constant(0.9),
}


@pytest.mark.parametrize("groups", [1, 2])
def test_layer(groups):
    at_default = ("groups",) if groups == 1 else ()
    check_layer(GroupNormalization, {**ARGUMENTS, "groups": groups}, SHAPE, SHAPE, trainable=2, at_default=at_default)


@pytest.mark.parametrize("groups", [1, 2])
def test_in_model(groups, tmp_path):
    check_in_model(GroupNormalization, {**ARGUMENTS, "groups": groups}, SHAPE, tmp_path)


@pytest.mark.parametrize("groups", [1, 4])
def test_equals_numpy(groups):
    layer = GroupNormalization(groups, epsilon=1e-3)
    layer.build((None, None, None, 8))
    gamma, beta = uniform("group_norm/gamma", (8,), 0.5, 1.5), uniform("group_norm/beta", (8,), -1, 1)
    layer.set_weights([gamma, beta])
    inputs = uniform("group_norm/inputs", SHAPE, -2, 2)
    grouped = inputs.reshape(*SHAPE[:3], groups, -1)
    mean, variance = (grouped.mean((1, 2, 4), keepdims=True), grouped.var((1, 2, 4), keepdims=True))
    expected = ((grouped - mean) / np.sqrt(variance + 1e-3)).reshape(SHAPE) * gamma + beta
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(inputs)), expected, rtol=0, atol=1e-5)
