"""Layers as ONNX operations, run in ONNX Runtime."""

from collections import Counter

import keras
import numpy as np
import pytest

from keras_mobilevitv3.blocks.transformer_encoder import TransformerEncoder
from keras_mobilevitv3.exporting.formats.onnx import convert_to_onnx
from keras_mobilevitv3.exporting.graph.names import INPUT_NAME
from keras_mobilevitv3.layers import LayerNormalization
from tests.check_layer import fill_weights
from tests.reference_arrays import uniform

pytestmark = pytest.mark.backend("tensorflow")
LAYER_NORM = {"LayerNormalization": 1}
GROUP_NORM = {"Reshape": 2, "InstanceNormalization": 1, "Mul": 1, "Add": 1}
DENSE = {"MatMul": 1, "Add": 1}
ENCODERS = {
    # Two norms, four dense layers, two attention products, SiLU, two sums.
    "multi_head": {
        "LayerNormalization": 2,
        "MatMul": 6,
        "Add": 6,
        "Slice": 3,
        "Reshape": 4,
        "Transpose": 4,
        "Mul": 2,
        "Softmax": 1,
        "Sigmoid": 1,
    },
    "separable": {
        "InstanceNormalization": 2,
        "MatMul": 4,
        "Add": 8,
        "Slice": 3,
        "Reshape": 6,
        "ReduceMax": 2,
        "ReduceSum": 4,
        "Sub": 1,
        "Exp": 1,
        "Div": 1,
        "Relu": 1,
        "Mul": 5,
        "Sigmoid": 1,
    },
}


def converted(layer, shape):
    """Returns a model of one layer with random weights, and its ONNX graph."""
    inputs = keras.Input(shape)
    model = keras.Model(inputs, {"outputs": layer(inputs)})
    fill_weights(model)
    return model, convert_to_onnx(model)


def operations(graph):
    """Returns the number of nodes by operation."""
    return Counter(node.op_type for node in graph.graph.node)


def run(graph, inputs):
    import onnxruntime

    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {INPUT_NAME: inputs})[0]


def normalized(inputs, layer, axes):
    """Normalizes in NumPy over the given axes."""
    inputs = inputs.astype("float64")
    centered = inputs - inputs.mean(axes, keepdims=True)
    gamma, beta = (weight.numpy() for weight in (layer.gamma, layer.beta))
    return centered / np.sqrt((centered**2).mean(axes, keepdims=True) + layer.epsilon) * gamma + beta


@pytest.mark.parametrize("beta", [None, 0.0])
def test_layer_norm_is_one_operation(beta):
    layer = LayerNormalization()
    model, graph = converted(layer, (6, 8))
    if beta == 0.0:  # TensorFlow leaves out the sum
        layer.beta.assign(np.zeros(8))
        graph = convert_to_onnx(model)
    assert operations(graph) == LAYER_NORM
    inputs = uniform("onnx/layer_norm", (2, 6, 8), -3.0, 5.0).astype("float32")
    np.testing.assert_allclose(run(graph, inputs), normalized(inputs, layer, -1), atol=1e-5)


@pytest.mark.parametrize(("shape", "expected"), [((4, 6, 8), GROUP_NORM), ((None, 6, 8), {**GROUP_NORM, "Shape": 1})])
def test_group_norm_of_one_group_is_an_instance_norm(shape, expected):
    layer = keras.layers.GroupNormalization(groups=1, epsilon=1e-5)
    _, graph = converted(layer, shape)
    assert operations(graph) == expected
    inputs = uniform("onnx/group_norm", (2, 4, 6, 8), -3.0, 5.0).astype("float32")
    np.testing.assert_allclose(run(graph, inputs), normalized(inputs, layer, (1, 2, 3)), atol=1e-5)


def test_group_norm_of_unit_weights_has_no_product_and_sum():
    layer = keras.layers.GroupNormalization(groups=1, epsilon=1e-5)
    model, _ = converted(layer, (4, 6, 8))
    layer.gamma.assign(np.ones(8))
    layer.beta.assign(np.zeros(8))
    graph = convert_to_onnx(model)
    assert operations(graph) == {"Reshape": 2, "InstanceNormalization": 1}
    inputs = uniform("onnx/group_norm", (2, 4, 6, 8), -3.0, 5.0).astype("float32")
    np.testing.assert_allclose(run(graph, inputs), normalized(inputs, layer, (1, 2, 3)), atol=1e-5)


def test_group_norm_of_two_groups_keeps_its_groups():
    model, graph = converted(keras.layers.GroupNormalization(groups=2), (4, 6, 8))
    assert not {"InstanceNormalization", "LayerNormalization"} & set(operations(graph))
    inputs = uniform("onnx/group_norm", (2, 4, 6, 8), -3.0, 5.0).astype("float32")
    np.testing.assert_allclose(run(graph, inputs), model(inputs)["outputs"], atol=1e-5)


@pytest.mark.parametrize("shape", [(6, 8), (None, 8), (4, 6, 8), (None, None, 8)])
def test_dense_layer_is_one_product_and_one_sum(shape):
    layer = keras.layers.Dense(5)
    _, graph = converted(layer, shape)
    assert operations(graph) == DENSE
    inputs = uniform("onnx/dense", (2, *((4, 6, 8) if len(shape) == 3 else (6, 8))), -1.0, 1.0).astype("float32")
    np.testing.assert_allclose(run(graph, inputs), inputs @ layer.kernel.numpy() + layer.bias.numpy(), atol=1e-5)


def test_transformer_of_any_size():
    model, graph = converted(TransformerEncoder(8, 16, "separable"), (None, None, 8))
    for size in ((4, 6), (8, 2)):
        inputs = uniform(f"onnx/{size}", (2, *size, 8), -1.0, 1.0).astype("float32")
        expected = model(inputs)["outputs"].numpy()
        np.testing.assert_allclose(run(graph, inputs), expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("attention", ENCODERS)
def test_transformer_has_no_shape_arithmetic(attention):
    shape = (6, 8) if attention == "multi_head" else (4, 6, 8)
    model, graph = converted(TransformerEncoder(8, 16, attention, num_heads=2), shape)
    assert operations(graph) == ENCODERS[attention]
    inputs = uniform("onnx/encoder", (3, *shape), -1.0, 1.0).astype("float32")
    expected = model(inputs)["outputs"].numpy()
    np.testing.assert_allclose(run(graph, inputs), expected, atol=1e-5 * np.abs(expected).max())
