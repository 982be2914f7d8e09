"""Rewrites layers of a TensorFlow graph as few, large ONNX operations. tf2onnx runs the rewriters in its conversion.

Without the rewriters, the files of XXS and 0.5 had 1,329 and 1,101 nodes instead of 393 and 486. One image took 27 %
and 11 % longer with ONNX Runtime, and 26 % and 6 % longer with OpenVINO (files for any number of images, one thread).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

# Axis orders of both inputs and of the output, with which an einsum is a product of matrices.
ATTENTION_PRODUCTS = {
    "BTNH,BSNH->BNTS": ((0, 2, 1, 3), (0, 2, 3, 1), None),
    "BNTS,BSNH->BTNH": (None, (0, 2, 1, 3), (0, 2, 1, 3)),
}


def rewrite_normalizations(graph: Any, operations: list) -> list:
    """Rewrites each LayerNorm over channels as one node, and each GroupNorm of one group as an instance norm.

    Args:
        graph: `tf2onnx.graph.Graph` with TensorFlow operations.
        operations: List of the nodes of the graph.

    Returns:
        `operations`.
    """
    from tf2onnx.graph_matcher import GraphMatcher

    for with_beta in (True, False):
        for match in list(GraphMatcher(_normalization(with_beta)).match_ops(operations)):
            inputs, mean, scale = match.get_tensor("inputs"), match.get_op("mean"), match.get_op("scale")
            same = all(match.get_tensor(name) == inputs for name in ("inputs_2", "inputs_3"))
            if not same or match.get_op("mean_2") is not mean or match.get_op("scale_2") is not scale:
                continue
            gamma, beta = (_flat_constant(match.get_op(name)) for name in ("gamma", "beta"))
            epsilon = float(match.get_op("epsilon").get_tensor_value())
            beta = np.zeros_like(gamma) if beta is None else beta
            rank = graph.get_rank(inputs)
            axes = [axis % rank for axis in np.ravel(match.get_op("axes").get_tensor_value())]
            if axes == [rank - 1]:
                _replace_layer_norm(graph, match.get_op("outputs"), inputs, gamma, beta, epsilon)
            elif axes == [*range(1, rank - 2), rank - 1] and graph.get_shape(inputs)[-2] == 1:
                _replace_group_norm(graph, match.get_op("outputs"), inputs, gamma, beta, epsilon)
    return operations


def _normalization(with_beta):
    """Returns the pattern of a Keras LayerNorm or GroupNorm. TensorFlow leaves out a `beta` of zeros."""
    from tf2onnx.graph_matcher import OpTypePattern as Pattern

    mean = Pattern("Mean", "mean", [Pattern("*", "inputs"), Pattern("Const", "axes")])
    difference = Pattern("SquaredDifference", None, [Pattern("*", "inputs_2"), Pattern("StopGradient", None, [mean])])
    variance = Pattern("AddV2", None, [Pattern("Mean", None, [difference, "Const"]), Pattern("Const", "epsilon")])
    scale = Pattern("Mul", "scale", [Pattern("Rsqrt", None, [variance]), Pattern("Const", "gamma")])
    shift = Pattern("Mul", None, [Pattern("Neg", None, [Pattern("Mean", "mean_2")]), Pattern("Mul", "scale_2")])
    if with_beta:
        shift = Pattern("AddV2", None, [shift, Pattern("Const", "beta")])
    return Pattern("AddV2", "outputs", [Pattern("Mul", None, [Pattern("*", "inputs_3"), scale]), shift])


def _flat_constant(node):
    return None if node is None else node.get_tensor_value(as_list=False).ravel()


def _replace_layer_norm(graph, outputs, inputs, gamma, beta, epsilon):
    weights = [_constant(graph, values) for values in (gamma, beta)]
    attributes = {"axis": -1, "epsilon": epsilon}
    _replace(graph, outputs, _node(graph, outputs, "LayerNormalization", [inputs, *weights], attributes))


def _replace_group_norm(graph, outputs, inputs, gamma, beta, epsilon):
    """Keras reshapes to groups and back. The instance norm takes the map before, as one channel."""
    maps = graph.get_node_by_output(inputs).input[0]
    (outputs,) = graph.find_output_consumers(outputs.output[0])
    row = _node(graph, outputs, "Reshape", [maps, _constant(graph, np.array([0, 1, -1]))])
    unit = [_constant(graph, np.array([value], "float32")) for value in (1, 0)]
    row = _node(graph, outputs, "InstanceNormalization", [row, *unit], {"epsilon": epsilon})
    result = _node(graph, outputs, "Reshape", [row, _shape(graph, outputs, maps)], shape=graph.get_shape(maps))
    if np.any(gamma != 1):
        result = _node(graph, outputs, "Mul", [result, _constant(graph, gamma)])
    if np.any(beta != 0):
        result = _node(graph, outputs, "Add", [result, _constant(graph, beta)])
    _replace(graph, outputs, result)


def _shape(graph, layer, tensor):
    """Returns the shape of a tensor for `Reshape`: a constant unless a side of the map is unknown."""
    _, *sizes = graph.get_shape(tensor)
    if min(sizes) < 0:
        return _node(graph, layer, "Shape", [tensor])
    return _constant(graph, np.array([0, *sizes]))


def rewrite_dense_layers(graph: Any, operations: list) -> list:
    """Rewrites each dense layer as a matrix product of any rank, without reshapes; see `rewrite_normalizations`."""
    from tf2onnx.graph_matcher import GraphMatcher, OpTypePattern

    flat = OpTypePattern("Reshape", None, [OpTypePattern("*", "inputs"), "*"])
    product = OpTypePattern("MatMul", None, [flat, OpTypePattern("Const", "kernel")])
    for match in list(GraphMatcher(OpTypePattern("Reshape", "outputs", [product, "*"])).match_ops(operations)):
        outputs, inputs, kernel = match.get_op("outputs"), match.get_tensor("inputs"), match.get_tensor("kernel")
        if outputs.name.endswith("/Tensordot"):
            shape = [*graph.get_shape(inputs)[:-1], graph.get_shape(kernel)[-1]]
            _replace(graph, outputs, _node(graph, outputs, "MatMul", [inputs, kernel], shape=shape))
    return operations


def rewrite_attention_products(graph: Any, operations: list) -> list:
    """Rewrites the products of multi-head attention as matrix products; see `rewrite_normalizations`."""
    for node in [each for each in operations if each.type == "Einsum"]:
        orders = ATTENTION_PRODUCTS.get(node.get_attr_str("equation"))
        if orders is not None:
            *input_orders, output_order = orders
            inputs = zip(node.input, input_orders, strict=True)
            factors = [_transposed(graph, node, name, order) for name, order in inputs]
            product = _node(graph, node, "MatMul", factors)
            _replace(graph, node, _transposed(graph, node, product, output_order))
    return operations


def _transposed(graph, layer, tensor, order):
    return tensor if order is None else _node(graph, layer, "Transpose", [tensor], {"perm": list(order)})


def _node(graph, layer, operation, inputs, attributes=None, shape=None):
    """Adds an ONNX node in the scope of a node that it replaces, and returns the name of its output."""
    known = {} if shape is None else {"shapes": [shape], "dtypes": [graph.get_dtype(layer.output[0])]}
    return graph.make_node(operation, inputs, attr=attributes, op_name_scope=layer.name, **known).output[0]


def _constant(graph, values):
    from tf2onnx.utils import make_name

    return graph.make_const(make_name("constant"), values).output[0]


def _replace(graph, node, result):
    graph.replace_all_inputs(node.output[0], result)
    graph.remove_node(node.name)


REWRITERS: tuple[Callable, ...] = (rewrite_normalizations, rewrite_dense_layers, rewrite_attention_products)
