from pathlib import Path

from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.exporting.graph.detection_decoding import NAME
from keras_mobilevitv3.exporting.graph.inference_function import named_function
from keras_mobilevitv3.exporting.graph.onnx_quantization import quantize_onnx
from keras_mobilevitv3.inference.fuse_batch_norm import fuse_batch_norm

OPSET = 17
FLOAT, FLOAT16 = 1, 10  # of `onnx.TensorProto`


def write_onnx(model, path, precision="float32", calibration=None, batch_size=None):
    """Writes a functional model as an ONNX file, in a TensorFlow process.

    Sizes that the model leaves open stay so. Inputs and outputs are float32 at every precision.

    Args:
        model: Keras model of one input, with any number of outputs, which keep their names.
        path: Path of the file to write. It appears when it is whole; one that is there is replaced.
        precision: `"float32"`, `"float16"`, or `"int8"`, see `quantize_onnx`. Defaults to `"float32"`.
        calibration: Float32 array of images as the model takes them, for `"int8"`. Defaults to `None`.
        batch_size: Integer, images per call, or `None` for any number. Defaults to `None`.

    Returns:
        `pathlib.Path` of the file.
    """
    import onnx

    path = Path(path)
    converted = convert_to_onnx(fuse_batch_norm(model), batch_size=batch_size)
    if precision == "float16":
        converted = to_float16(converted)
    elif precision == "int8":
        converted = quantize_onnx(converted, calibration, batch_size)
    with atomic_write(path) as unfinished:
        onnx.save(converted, unfinished)
    return path


def convert_to_onnx(model, batch_size=None):
    """The ONNX graph of a Keras model, with the names of its outputs."""
    import tf2onnx

    infer, signature = named_function(model, batch_size)
    converted, _ = tf2onnx.convert.from_function(infer, input_signature=signature, opset=OPSET)
    # They come in the order of the names, which TensorFlow flattens dicts in, and are called "Identity".
    names = sorted(infer.get_concrete_function().structured_outputs)
    rename(converted.graph, dict(zip([output.name for output in converted.graph.output], names, strict=True)))
    return converted


def rename(graph, names):
    """Renames tensors of an ONNX graph, from the keys of `names` to its values."""
    for node in graph.node:
        for tensors in (node.input, node.output):
            tensors[:] = [names.get(name, name) for name in tensors]
    for output in graph.output:
        output.name = names[output.name]


def to_float16(converted):
    """The graph with weights and computation in half precision, between float32 inputs and outputs.

    Decoding stays in float32: pixels of boxes need more digits.
    """
    from onnxruntime.transformers.float16 import convert_float_to_float16

    blocked = decoding_nodes(converted.graph)
    converted = convert_float_to_float16(converted, keep_io_types=True, node_block_list=blocked)
    shorten_casts(converted.graph)
    return converted


def decoding_nodes(graph):
    """Names of the nodes in which detections are decoded: those of the scope of that layer, and all behind them."""
    names, tensors = [], set()
    for node in graph.node:  # each behind those whose outputs it takes
        if f"/{NAME}" in node.name or tensors.intersection(node.input):
            names.append(node.name)
            tensors.update(node.output)
    return names


def shorten_casts(graph):
    """Takes out the rounding to half precision between nodes in float32, which are converted one by one."""
    casts = {node.output[0]: node for node in graph.node if node.op_type == "Cast"}
    for node in casts.values():
        before = casts.get(node.input[0])
        if before is not None and target(node) == FLOAT and target(before) == FLOAT16:
            node.input[0] = before.input[0]
    used = {tensor for node in graph.node for tensor in node.input} | {output.name for output in graph.output}
    for name, node in casts.items():
        if name not in used:
            graph.node.remove(node)


def target(cast):
    """The type to which a node casts."""
    return next(attribute.i for attribute in cast.attribute if attribute.name == "to")
