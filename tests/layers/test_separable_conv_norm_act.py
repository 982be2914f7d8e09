import keras
import numpy as np
import pytest

from keras_mobilevitv3.layers import ConvNormAct, SeparableConvNormAct
from tests.check_layer import check_in_model, check_layer, fill_weights
from tests.reference_arrays import uniform

ARGUMENTS = {
    "filters": 6,
    "kernel_size": 5,
    "strides": 2,
    "use_norm": False,
    "use_bias": True,
    "activation": "silu",
    "kernel_initializer": keras.initializers.HeNormal(seed=1),
    "bias_initializer": keras.initializers.Constant(0.5),
}


def test_layer():
    check_layer(
        SeparableConvNormAct,
        ARGUMENTS,
        input_shape=(2, 9, 8, 4),
        output_shape=(2, 5, 4, 6),
        trainable=5,
        non_trainable=2,
        other_shape=(1, 7, 5, 4),
        changes_in_training=True,
    )


def test_in_model(tmp_path):
    arguments = {**ARGUMENTS, "use_norm": True, "use_bias": False}
    # The next batch normalization takes it off again.
    constant = ("depthwise/norm/beta",)
    check_in_model(SeparableConvNormAct, arguments, (4, 6, 6, 4), tmp_path, rounding_gradient=constant)


def test_is_a_depthwise_and_a_pointwise_convolution():
    layer = SeparableConvNormAct(6, strides=2)
    layer.build((None, 7, 8, 4))
    fill_weights(layer)
    depthwise = ConvNormAct(None, strides=2, depthwise=True, activation=None)
    pointwise = ConvNormAct(6, kernel_size=1, activation="relu")
    depthwise.build((None, 7, 8, 4))
    pointwise.build((None, 4, 4, 4))
    depthwise.set_weights(layer.depthwise.get_weights())
    pointwise.set_weights(layer.pointwise.get_weights())
    inputs = uniform("separable_conv/inputs", (2, 7, 8, 4), -1, 1)
    expected = keras.ops.convert_to_numpy(pointwise(depthwise(inputs)))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(inputs)), expected, rtol=1e-6, atol=1e-6)
    assert (expected >= 0).all() and (expected > 0).any()


@pytest.mark.once
def test_kernels_start_within_xavier_bounds():
    layer = SeparableConvNormAct(40)
    layer.build((None, 8, 8, 30))
    depthwise, pointwise = (np.abs(part.conv.get_weights()[0]) for part in (layer.depthwise, layer.pointwise))
    for kernel, bound in ((depthwise, (6 / (9 + 9 * 30)) ** 0.5), (pointwise, (6 / 70) ** 0.5)):
        assert 0.9 * bound < kernel.max() <= bound


@pytest.mark.once
@pytest.mark.parametrize("published", [False, True])
def test_multiply_adds(published):
    layer = SeparableConvNormAct(6, strides=2, use_norm=False, use_bias=True)
    expected = 4 * 3 * (9 * 5 + 5 * 6 + (6 if published else 0))
    assert layer.multiply_adds((1, 8, 5, 5), published) == expected


@pytest.mark.once
def test_even_kernel_size():
    with pytest.raises(ValueError, match="`kernel_size` must be an odd positive integer. Received: kernel_size=2"):
        SeparableConvNormAct(4, kernel_size=2)
