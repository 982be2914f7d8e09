import keras
import numpy as np
import pytest

from keras_mobilevitv3.blocks import InvertedResidual
from tests import numpy_reference
from tests.check_layer import check_in_model, check_layer, fill_weights
from tests.reference_arrays import uniform

BASE = {
    "filters": 8,
    "strides": 1,
    "dilation_rate": 2,
    "expand_ratio": 2,
    "activation": "relu",
    "initialization": "pytorch_uniform",
}
FLAVOURS = {
    "residual": {"strides": 1},
    "no_residual": {"filters": 6, "strides": 1},
    "strided": {"strides": 2, "dilation_rate": 1},
    "no_expansion": {"strides": 1, "expand_ratio": 1},
}


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_layer(flavour):
    arguments = {**BASE, **FLAVOURS[flavour]}
    convolutions = 2 if flavour == "no_expansion" else 3
    side = arguments["strides"]
    check_layer(
        InvertedResidual,
        arguments,
        input_shape=(2, 7, 10, 8),
        output_shape=(2, -(-7 // side), 10 // side, arguments["filters"]),
        trainable=3 * convolutions,
        non_trainable=2 * convolutions,
        other_shape=(1, 9, 6, 8),
        changes_in_training=True,
        at_default=FLAVOURS[flavour],
    )


@pytest.mark.parametrize("flavour", ["residual", "strided"])
def test_in_model(flavour, tmp_path):
    check_in_model(InvertedResidual, {**BASE, **FLAVOURS[flavour]}, (3, 7, 10, 8), tmp_path)


def conv_norm_act(x, layer, depthwise, activation, **sizes):
    kernel, *norm = [np.array(weight, "float64") for weight in layer.get_weights()]
    convolution = numpy_reference.depthwise_convolution if depthwise else numpy_reference.convolution
    x = numpy_reference.batch_norm(convolution(x, kernel, **sizes), *norm)
    return numpy_reference.silu(x) if activation else x


@pytest.mark.parametrize(
    ("filters", "strides", "dilation_rate", "expand_ratio", "residual"),
    [
        (8, 1, 1, 4, True),
        (6, 1, 1, 4, False),
        (8, 2, 1, 4, False),
        (8, 1, 2, 2, True),
        (12, 1, 4, 1, False),
        (8, 1, 1, 1, True),
    ],
)
def test_equals_numpy(filters, strides, dilation_rate, expand_ratio, residual):
    sizes = {"strides": strides, "dilation_rate": dilation_rate}
    layer = InvertedResidual(filters, expand_ratio=expand_ratio, **sizes, name="layer")
    layer.build((2, 7, 10, 8))
    fill_weights(layer)
    inputs = uniform("inverted_residual/inputs", (2, 7, 10, 8), -1, 1)
    expected = inputs
    if expand_ratio > 1:
        expected = conv_norm_act(expected, layer.expand, depthwise=False, activation=True)
    expected = conv_norm_act(expected, layer.depthwise, depthwise=True, activation=True, **sizes)
    expected = conv_norm_act(expected, layer.project, depthwise=False, activation=False)
    expected = expected + inputs if residual else expected
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(inputs)), expected, rtol=0, atol=1e-5)


@pytest.mark.once
def test_multiply_adds():
    layer = InvertedResidual(6, strides=2, expand_ratio=3)
    layer.build((1, 7, 10, 8))
    assert layer.multiply_adds((1, 7, 10, 8)) == 70 * 8 * 24 + 20 * 24 * 9 + 20 * 24 * 6
    layer = InvertedResidual(6, expand_ratio=1)
    layer.build((1, 7, 10, 8))
    assert layer.multiply_adds((1, 7, 10, 8), published=False) == 70 * 8 * 9 + 70 * 8 * 6


@pytest.mark.once
def test_bad_dilation_rate():
    with pytest.raises(ValueError, match="`dilation_rate` above 1 needs `strides=1`"):
        InvertedResidual(8, strides=2, dilation_rate=2).build((1, 8, 8, 8))


def test_unfreezing_reaches_the_sublayers():
    """On TensorFlow, Keras ignores `trainable = True` of a layer that is trainable already."""
    layer = InvertedResidual(8)
    layer.build((1, 8, 8, 8))
    layer.expand.norm.trainable = False
    copy = InvertedResidual.from_config(layer.get_config())
    layer.trainable = copy.trainable = True
    copy.build((1, 8, 8, 8))
    assert layer.expand.norm.trainable and copy.expand.norm.trainable
