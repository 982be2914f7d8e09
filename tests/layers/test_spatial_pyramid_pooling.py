import keras
import numpy as np
import pytest

from keras_mobilevitv3.layers import SpatialPyramidPooling
from tests import numpy_reference
from tests.check_layer import check_in_model, check_layer, fill_weights
from tests.reference_arrays import uniform

ARGUMENTS = {
    "filters": 5,
    "atrous_rates": (1, 2),
    "activation": "silu",
    "kernel_initializer": keras.initializers.RandomUniform(-0.3, 0.3, seed=1),
}


def test_layer():
    check_layer(
        SpatialPyramidPooling,
        ARGUMENTS,
        input_shape=(2, 5, 7, 3),
        output_shape=(2, 5, 7, 5),
        trainable=15,
        non_trainable=10,
        other_shape=(3, 8, 4, 3),
        changes_in_training=True,
    )


def test_in_model(tmp_path):
    check_in_model(SpatialPyramidPooling, ARGUMENTS, (3, 5, 7, 3), tmp_path)


def test_against_numpy():
    layer = SpatialPyramidPooling(4, atrous_rates=(2, 3, 6))
    inputs = uniform("aspp/inputs", (2, 6, 9, 3), -1, 1)
    layer.build(inputs.shape)
    fill_weights(layer)

    def conv_norm_relu(conv, maps, dilation_rate=1):
        kernel, gamma, beta, mean, variance = (keras.ops.convert_to_numpy(weight) for weight in conv.weights)
        maps = numpy_reference.convolution(maps, kernel, dilation_rate=dilation_rate)
        return np.maximum(numpy_reference.batch_norm(maps, gamma, beta, mean, variance), 0)

    maps = [conv_norm_relu(layer.branches[0], inputs)]
    for branch, rate in zip(layer.branches[1:], (2, 3, 6), strict=True):
        maps.append(conv_norm_relu(branch, inputs, rate))
    pooled = conv_norm_relu(layer.pool_conv, inputs.astype("float64").mean(axis=(1, 2), keepdims=True))
    maps.append(np.broadcast_to(pooled, maps[0].shape))
    expected = conv_norm_relu(layer.project, np.concatenate(maps, axis=-1))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(inputs)), expected, atol=1e-5)


def test_one_image_trains():
    layer = SpatialPyramidPooling(4)
    outputs = keras.ops.convert_to_numpy(layer(uniform("aspp/one", (1, 4, 4, 3)), training=True))
    assert np.isfinite(outputs).all()
    for weight in layer.weights:
        assert np.isfinite(keras.ops.convert_to_numpy(weight)).all(), weight.path


@pytest.mark.once
def test_initial_kernels_of_equal_shape_differ():
    layer = SpatialPyramidPooling(4)
    layer.build((None, None, None, 3))
    kernels = [keras.ops.convert_to_numpy(branch.conv.kernel) for branch in layer.branches[1:]]
    assert not np.allclose(kernels[0], kernels[1]) and not np.allclose(kernels[1], kernels[2])


@pytest.mark.once
def test_multiply_adds():
    layer = SpatialPyramidPooling(4, atrous_rates=(1, 2))
    pixels = 6 * 8
    expected = pixels * (3 * 4 + 2 * 9 * 3 * 4 + 16 * 4) + 3 * 4
    assert layer.multiply_adds((1, 6, 8, 3)) == layer.multiply_adds((1, 6, 8, 3), published=False) == expected


@pytest.mark.once
@pytest.mark.parametrize("atrous_rates", [(), None, (6, 0), (6, 12.0)])
def test_bad_atrous_rates(atrous_rates):
    with pytest.raises(ValueError, match="`atrous_rates` must be positive integers. Received: atrous_rates="):
        SpatialPyramidPooling(4, atrous_rates=atrous_rates)
