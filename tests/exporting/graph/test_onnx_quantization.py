import numpy as np
import pytest

from keras_mobilevitv3.exporting.graph.onnx_quantization import quantize_onnx
from tests.reference_arrays import uniform


@pytest.mark.once
def test_products_of_two_activations_stay_in_float():
    """The graph computes `scores @ scores` with `scores = sigmoid(images @ kernel)`."""
    onnx = pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    kernel = uniform("quantization/kernel", (4, 4), -1.0, 1.0).astype("float32")
    images, outputs = (
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, (1, 4, 4)) for name in ("images", "outputs")
    )
    nodes = [
        onnx.helper.make_node("MatMul", ["images", "kernel"], ["features"], name="dense"),
        onnx.helper.make_node("Sigmoid", ["features"], ["scores"], name="sigmoid"),
        onnx.helper.make_node("MatMul", ["scores", "scores"], ["outputs"], name="attention"),
    ]
    graph = onnx.helper.make_graph(nodes, "g", [images], [outputs], [onnx.numpy_helper.from_array(kernel, "kernel")])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    values = uniform("quantization/images", (3, 4, 4), 0.0, 1.0).astype("float32")

    quantized = quantize_onnx(model, values, batch_size=1)
    operations = {node.output[0]: node.op_type for node in quantized.graph.node}
    products = [node for node in quantized.graph.node if node.op_type == "MatMul"]
    assert [operations[product.input[1]] for product in products] == ["DequantizeLinear", "Sigmoid"]
    session = onnxruntime.InferenceSession(quantized.SerializeToString(), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"images": values[:1]})
    scores = 1 / (1 + np.exp(-values[0] @ kernel))
    assert 1e-6 < np.abs(found[0] - scores @ scores).max() < 0.05
