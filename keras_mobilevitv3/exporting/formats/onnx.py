from pathlib import Path

from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.exporting.formats.format import Format, check_batch
from keras_mobilevitv3.exporting.graph.names import DETECTIONS, INPUT_NAME
from keras_mobilevitv3.file_contents import ONNX

OPSET = 17
FLOAT, FLOAT16 = 1, 10  # of `onnx.TensorProto`


def write_deployment(deployment, path, precision):
    """Writes a `Deployment` as an ONNX file; see `write_onnx`."""
    from keras_mobilevitv3.exporting.graph.runtime_decoding import ONNXDecoding

    write_onnx(deployment.graph(ONNXDecoding), path, precision, deployment.calibration, deployment.batch_size)


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

    from keras_mobilevitv3.exporting.graph.onnx_quantization import quantize_onnx
    from keras_mobilevitv3.inference.fuse_batch_norm import fuse_batch_norm

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

    from keras_mobilevitv3.exporting.graph.inference_function import inference_function

    infer, signature = inference_function(model, batch_size)
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
        if f"/{DETECTIONS}" in node.name or tensors.intersection(node.input):
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


def open_onnx(path, threads=None, one_by_one=True):
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
