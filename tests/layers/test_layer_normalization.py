import keras
import numpy as np

from keras_mobilevitv3.layers import LayerNormalization
from tests.check_layer import check_in_model, check_layer
from tests.reference_arrays import uniform

ARGUMENTS = {
    "epsilon": 1e-3,
    "beta_initializer": keras.initializers.Constant(0.1),
    "gamma_initializer": keras.initializers.Constant(0.9),
}


def test_layer():
    check_layer(LayerNormalization, ARGUMENTS, (2, 5, 8), (2, 5, 8), trainable=2)


def test_in_model(tmp_path):
    check_in_model(LayerNormalization, ARGUMENTS, (2, 5, 8), tmp_path)


def test_equals_numpy():
    layer = LayerNormalization(epsilon=1e-3)
    layer.build((None, None, 6))
    gamma, beta = uniform("layer_norm/gamma", (6,), 0.5, 1.5), uniform("layer_norm/beta", (6,), -1, 1)
    layer.set_weights([gamma, beta])
    inputs = uniform("layer_norm/inputs", (2, 3, 6), -2, 2)
    deviations = inputs - inputs.mean(-1, keepdims=True)
    expected = deviations / np.sqrt((deviations**2).mean(-1, keepdims=True) + 1e-3) * gamma + beta
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(inputs)), expected, rtol=0, atol=1e-5)
