"""ONNX, for ONNX Runtime and other runtimes."""

import pathlib
from typing import Any

from keras_mobilevitv3.array_types import FilePath, Model, Tensor
from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.exporting.formats.format import Format, RunFunction, check_batch
from keras_mobilevitv3.exporting.graph.names import DETECTIONS, INPUT_NAME
from keras_mobilevitv3.file_contents import ONNX

OPSET = 17
FLOAT, FLOAT16 = 1, 10  # data types of `onnx.TensorProto`


def write_deployment(deployment: Any, path: FilePath, precision: str) -> None:
    """Writes a `Deployment` as an ONNX file; see `write_onnx`."""
    from keras_mobilevitv3.exporting.graph.runtime_decoding import ONNXDecoding

    write_onnx(deployment.graph(ONNXDecoding), path, precision, deployment.calibration, deployment.batch_size)


def write_onnx(
    model: Model,
    path: FilePath,
    precision: str = "float32",
    calibration: Tensor | None = None,
    batch_size: int | None = None,
) -> pathlib.Path:
    """Writes a functional model as an ONNX file, in a TensorFlow process.

    Unknown input sizes of the model stay unknown in the file. Inputs and outputs are float32 at every precision.

    Args:
        model: Keras model with one input and any number of outputs. The outputs keep their names.
        path: Path of the file to write. The file appears once it is complete, and replaces an existing file.
        precision: `"float32"`, `"float16"` (weights and computation), or `"int8"`; see `quantize_onnx`. Defaults to
            `"float32"`.
        calibration: Float32 array of images in the model's input range, for `"int8"`. Defaults to `None`.
        batch_size: Integer, number of images per call, or `None` for any number. Defaults to `None`.

    Returns:
        `pathlib.Path` of the file.
    """
    import onnx

    from keras_mobilevitv3.exporting.graph.onnx_quantization import quantize_onnx
    from keras_mobilevitv3.inference.fuse_batch_norm import fuse_batch_norm

    path = pathlib.Path(path)
    converted = convert_to_onnx(fuse_batch_norm(model), batch_size=batch_size)
    if precision == "float16":
        converted = _to_float16(converted)
    elif precision == "int8":
        converted = quantize_onnx(converted, calibration, batch_size)
    with atomic_write(path) as unfinished:
        onnx.save(converted, unfinished)
    return path


def convert_to_onnx(model: Model, batch_size: int | None = None) -> Any:
    """Returns the ONNX graph of a Keras model, an `onnx.ModelProto`. The outputs keep their names."""
    import tf2onnx

    from keras_mobilevitv3.exporting.graph.inference_function import inference_function
    from keras_mobilevitv3.exporting.graph.onnx_rewriters import REWRITERS

    infer, signature = inference_function(model, batch_size)
    converted, _ = tf2onnx.convert.from_function(
        infer, input_signature=signature, opset=OPSET, custom_rewriter=REWRITERS
    )
    # tf2onnx names the outputs "Identity". They are in the order of the sorted names, as TensorFlow flattens dicts.
    names = sorted(infer.get_concrete_function().structured_outputs)
    _rename(converted.graph, dict(zip([output.name for output in converted.graph.output], names, strict=True)))
    return converted


def _rename(graph, names):
    """Renames tensors of an ONNX graph from the keys of `names` to its values."""
    for node in graph.node:
        for tensors in (node.input, node.output):
            tensors[:] = [names.get(name, name) for name in tensors]
    for output in graph.output:
        output.name = names[output.name]


def _to_float16(converted):
    """Converts weights and computation of a graph to half precision. Inputs and outputs stay float32.

    Box decoding stays in float32 too, since box coordinates in pixels need more digits.
    """
    from onnxruntime.transformers.float16 import convert_float_to_float16

    blocked = _decoding_nodes(converted.graph)
    converted = convert_float_to_float16(converted, keep_io_types=True, node_block_list=blocked)
    _remove_rounding_between_float32_nodes(converted.graph)
    return converted


def _decoding_nodes(graph):
    """Returns the names of the nodes that decode detections: the nodes in the layer's scope and their successors."""
    names: list[str] = []
    tensors: set[str] = set()
    for node in graph.node:  # in topological order
        if f"/{DETECTIONS}" in node.name or tensors.intersection(node.input):
            names.append(node.name)
            tensors.update(node.output)
    return names


def _remove_rounding_between_float32_nodes(graph):
    """Removes casts to half precision and back, which the converter adds between two float32 nodes."""
    casts = {node.output[0]: node for node in graph.node if node.op_type == "Cast"}
    for node in casts.values():
        before = casts.get(node.input[0])
        if before is not None and _target_type(node) == FLOAT and _target_type(before) == FLOAT16:
            node.input[0] = before.input[0]
    used = {tensor for node in graph.node for tensor in node.input} | {output.name for output in graph.output}
    for name, node in casts.items():
        if name not in used:
            graph.node.remove(node)


def _target_type(cast):
    """Returns the data type to which a `Cast` node converts."""
    return next(attribute.i for attribute in cast.attribute if attribute.name == "to")


def open_onnx(path: str, threads: int | None = None, one_by_one: bool = True) -> RunFunction:
    """Opens an ONNX file; see `Format.open`. `one_by_one` is ignored."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    if threads is not None:
        options.intra_op_num_threads = threads
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    batch_size = session.get_inputs()[0].shape[0]

    def run(images):
        check_batch(path, batch_size, images)
        return dict(zip(names, session.run(names, {INPUT_NAME: images}), strict=True))

    return run


FORMAT = Format(
    name="onnx",
    title="ONNX",
    suffix=".onnx",
    precisions=("float32", "float16", "int8"),
    write=write_deployment,
    open=open_onnx,
    runtime="onnxruntime",
    packages=("onnx", "onnxruntime", "tf2onnx"),
    distributions=("tensorflow", "tf2onnx", "onnx", "onnxruntime"),
    file_kinds=(ONNX,),
)
