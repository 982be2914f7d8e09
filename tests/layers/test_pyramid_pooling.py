import keras
import numpy as np
import pytest

from keras_mobilevitv3.layers import PyramidPooling
from tests import numpy_reference
from tests.check_layer import check_in_model, check_layer, fill_weights
from tests.layers.test_adaptive_average_pool import windows
from tests.reference_arrays import uniform

ARGUMENTS = {
    "filters": 5,
    "branch_filters": 2,
    "pool_sizes": (1, 3),
    "activation": "silu",
    "kernel_initializer": keras.initializers.RandomUniform(-0.3, 0.3, seed=1),
}


def test_layer():
    check_layer(
        PyramidPooling,
        ARGUMENTS,
        input_shape=(2, 5, 7, 3),
        output_shape=(2, 5, 7, 5),
        trainable=9,
        non_trainable=6,
        other_shape=(3, 8, 4, 3),
        changes_in_training=True,
    )


def test_in_model(tmp_path):
    check_in_model(PyramidPooling, ARGUMENTS, (3, 5, 7, 3), tmp_path)


def test_against_numpy():
    layer = PyramidPooling(4, 2)
    inputs = uniform("psp/inputs", (2, 7, 9, 3), -1, 1)
    layer.build(inputs.shape)
    fill_weights(layer)

    def conv_norm_relu(conv, maps):
        kernel, gamma, beta, mean, variance = (keras.ops.convert_to_numpy(weight) for weight in conv.weights)
        maps = numpy_reference.convolution(maps, kernel)
        return np.maximum(numpy_reference.batch_norm(maps, gamma, beta, mean, variance), 0)

    maps = [inputs]
    for branch, pool_size in zip(layer.branches, (1, 2, 3, 6), strict=True):
        pooled = conv_norm_relu(branch, windows(inputs, pool_size))
        maps.append(numpy_reference.bilinear_resize(pooled, 7, 9, align_corners=True))
    expected = conv_norm_relu(layer.fusion, np.concatenate(maps, axis=-1))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(inputs)), expected, atol=1e-5)


@pytest.mark.once
def test_multiply_adds():
    layer = PyramidPooling(4, 2, pool_sizes=(1, 2))
    expected = (1 + 4) * 3 * 2 + 6 * 8 * 9 * (3 + 2 * 2) * 4
    assert layer.multiply_adds((1, 6, 8, 3)) == layer.multiply_adds((1, 6, 8, 3), published=False) == expected


def test_map_smaller_than_a_pool_size():
    message = r"must not be smaller than any of `pool_sizes=\(1, 2, 3, 6\)`.*Received: input shape \(1, 5, 8, 3\)"
    with pytest.raises(ValueError, match=message):
        PyramidPooling(4, 2)(keras.Input((5, 8, 3), batch_size=1))
    layer = PyramidPooling(4, 2)
    layer.build((None, None, None, 3))
    with pytest.raises(ValueError, match=message):
        layer(np.zeros((1, 5, 8, 3), "float32"))
    assert layer(np.zeros((1, 6, 8, 3), "float32")).shape == (1, 6, 8, 4)


@pytest.mark.once
@pytest.mark.parametrize("pool_sizes", [(), None, (1, 0), (1, 2.0)])
def test_bad_pool_sizes(pool_sizes):
    with pytest.raises(ValueError, match="`pool_sizes` must be positive integers. Received: pool_sizes="):
        PyramidPooling(4, 2, pool_sizes=pool_sizes)
