from itertools import product

import keras
import numpy as np
import pytest

from keras_mobilevitv3.layers import ConvNormAct
from tests import numpy_reference
from tests.check_layer import check_in_model, check_layer, fill_weights
from tests.reference_arrays import uniform

BASE = {
    "filters": 12,
    "kernel_size": 5,
    "strides": 2,
    "dilation_rate": 1,
    "depthwise": False,
    "use_norm": True,
    "use_bias": True,
    "activation": "relu",
    "kernel_initializer": keras.initializers.RandomUniform(-0.3, 0.3, seed=1),
    "bias_initializer": keras.initializers.RandomUniform(-0.1, 0.1, seed=2),
}
FLAVOURS = {
    "strided": {"dilation_rate": 1, "depthwise": False, "use_norm": True},
    "strided_depthwise": {"filters": None, "depthwise": True, "dilation_rate": 1, "use_norm": True},
    "strided_pointwise": {
        "kernel_size": 1,
        "use_bias": False,
        "dilation_rate": 1,
        "depthwise": False,
        "use_norm": True,
    },
    "dilated": {"strides": 1, "dilation_rate": 2, "kernel_size": 3, "depthwise": False, "use_norm": False},
    "dilated_depthwise": {
        "filters": None,
        "strides": 1,
        "dilation_rate": 3,
        "kernel_size": 3,
        "depthwise": True,
        "use_norm": False,
    },
    "convolution_alone": {
        "strides": 1,
        "use_norm": False,
        "use_bias": False,
        "activation": "linear",
        "dilation_rate": 1,
        "depthwise": False,
    },
}


def arguments_of(flavour):
    return {**BASE, **FLAVOURS[flavour]}


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_layer(flavour):
    arguments = arguments_of(flavour)
    side = 2 if arguments["strides"] == 2 else 1
    norms = 1 if arguments["use_norm"] else 0
    check_layer(
        ConvNormAct,
        arguments,
        input_shape=(2, 7, 10, 8),
        output_shape=(2, -(-7 // side), 10 // side, arguments["filters"] or 8),
        trainable=1 + arguments["use_bias"] + 2 * norms,
        non_trainable=2 * norms,
        other_shape=(1, 9, 6, 8),
        changes_in_training=arguments["use_norm"],
        at_default=FLAVOURS[flavour],
    )


@pytest.mark.parametrize("flavour", ["strided", "strided_depthwise", "dilated", "dilated_depthwise"])
def test_in_model(flavour, tmp_path):
    # The batch norm takes the mean away, and with it the bias of the convolution.
    check_in_model(ConvNormAct, arguments_of(flavour), (3, 7, 10, 8), tmp_path, rounding_gradient=("conv/bias",))


def filled_layer(**arguments):
    layer = ConvNormAct(**{**BASE, "use_norm": False, "activation": None, **arguments}, name="layer")
    layer.build((1, 7, 10, 6))
    fill_weights(layer)
    return layer, [np.array(weight, "float64") for weight in layer.get_weights()]


CONVOLUTIONS = product((False, True), (1, 3, 5), ((1, 1), (2, 1), (1, 2), (1, 4)))


@pytest.mark.parametrize(
    ("depthwise", "kernel_size", "rates", "size"),
    [(*case, ((7, 10), (8, 8), (1, 5))[number % 3]) for number, case in enumerate(CONVOLUTIONS)],
)
def test_equals_numpy(depthwise, kernel_size, rates, size):
    """Each size with each value of the others."""
    strides, dilation_rate = rates
    sizes = {"kernel_size": kernel_size, "strides": strides, "dilation_rate": dilation_rate}
    layer, (kernel, bias) = filled_layer(filters=None if depthwise else 4, depthwise=depthwise, **sizes)
    inputs = uniform("conv/inputs", (2, *size, 6), -1, 1)
    convolution = numpy_reference.depthwise_convolution if depthwise else numpy_reference.convolution
    expected = convolution(inputs, kernel, bias, strides, dilation_rate)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(inputs)), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("depthwise", [False, True])
def test_maps_smaller_than_the_kernel(depthwise):
    layer = ConvNormAct(None if depthwise else 4, kernel_size=5, strides=2, depthwise=depthwise)
    assert layer(np.ones((1, 1, 2, 6), "float32")).shape == (1, 1, 1, 6 if depthwise else 4)


def test_norm_and_activation_equal_numpy():
    layer, (kernel, bias, gamma, beta, mean, variance) = filled_layer(use_norm=True, activation="silu")
    inputs = uniform("conv/inputs", (2, 7, 10, 6), -1, 1)
    expected = numpy_reference.convolution(inputs, kernel, bias, strides=2)
    expected = numpy_reference.silu(numpy_reference.batch_norm(expected, gamma, beta, mean, variance))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(inputs)), expected, rtol=0, atol=1e-5)


def test_epsilon():
    """Where the variance is near zero, as on a map of zeros."""
    layer, _ = filled_layer(use_norm=True)
    layer.norm.moving_variance.assign(np.zeros(12))
    layer.norm.moving_mean.assign(np.zeros(12))
    layer.norm.gamma.assign(np.full(12, 0.01))
    layer.norm.beta.assign(np.zeros(12))
    bias = np.array(layer.conv.get_weights()[1])
    outputs = keras.ops.convert_to_numpy(layer(np.zeros((1, 7, 10, 6), "float32")))
    np.testing.assert_allclose(outputs[0, 0, 0], bias * 0.01 / 1e-5**0.5, rtol=1e-4)


def test_momentum():
    layer, (kernel, bias, *_) = filled_layer(use_norm=True)
    old = keras.ops.convert_to_numpy(layer.norm.moving_mean).copy()
    inputs = uniform("conv/inputs", (4, 7, 10, 6), -1, 1)
    batch_mean = numpy_reference.convolution(inputs, kernel, bias, strides=2).mean((0, 1, 2))
    layer(inputs, training=True)
    new = keras.ops.convert_to_numpy(layer.norm.moving_mean)
    np.testing.assert_allclose(new, 0.9 * old + 0.1 * batch_mean, rtol=0, atol=1e-6)


@pytest.mark.once
def test_multiply_adds():
    layer, _ = filled_layer(filters=4)  # 5x5, stride 2, bias
    assert layer.multiply_adds((1, 7, 10, 6)) == 4 * 5 * 4 * (25 * 6 + 1)
    assert layer.multiply_adds((2, 7, 10, 6), published=False) == 2 * 4 * 5 * 4 * 25 * 6
    layer, _ = filled_layer(filters=None, depthwise=True, use_bias=False)
    assert layer.multiply_adds((1, 7, 10, 6)) == 4 * 5 * 6 * 25


@pytest.mark.once
@pytest.mark.parametrize(("filters", "depthwise"), [(None, False), (8, True)])
def test_bad_filters(filters, depthwise):
    with pytest.raises(
        ValueError, match=f"`filters` must be None with `depthwise=True`.*filters={filters}, depthwise="
    ):
        ConvNormAct(filters, depthwise=depthwise)


@pytest.mark.once
@pytest.mark.parametrize("kernel_size", [0, 2, 4])
def test_bad_kernel_size(kernel_size):
    with pytest.raises(ValueError, match=f"`kernel_size` must be an odd positive integer. Received: .*={kernel_size}"):
        ConvNormAct(8, kernel_size=kernel_size)


@pytest.mark.once
def test_bad_dilation_rate():
    with pytest.raises(ValueError, match="`dilation_rate` above 1 needs `strides=1`.*strides=2, dilation_rate=2"):
        ConvNormAct(8, strides=2, dilation_rate=2)
