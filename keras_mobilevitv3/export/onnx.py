from pathlib import Path

from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.export.fuse import fuse_batch_norm
from keras_mobilevitv3.export.named_function import named_function
from keras_mobilevitv3.export.onnx_quantization import quantize_onnx

OPSET = 17


def write_onnx(model, path, precision="float32", calibration=None):
    """Writes a functional model as an ONNX file for any number of images, in a TensorFlow process.

    Sizes that the model leaves open stay so. Inputs and outputs are float32 at every precision.

    Args:
        model: Keras model of one input, with any number of outputs, which keep their names.
        path: Path of the file to write. It appears when it is whole; one that is there is replaced.
        precision: `"float32"`, `"float16"`, or `"int8"`, see `quantize_onnx`. Defaults to `"float32"`.
        calibration: Float32 array of images as the model takes them, for `"int8"`. Defaults to `None`.

    Returns:
        `pathlib.Path` of the file.
    """
    import onnx

    path = Path(path)
    converted = convert_to_onnx(fuse_batch_norm(model))
    if precision == "float16":
        converted = to_float16(converted)
    elif precision == "int8":
        converted = quantize_onnx(converted, calibration)
    with atomic_write(path) as unfinished:
        onnx.save(converted, unfinished)
    return path


def convert_to_onnx(model):
    """The ONNX graph of a Keras model, with the names of its outputs."""
    import tf2onnx

    infer, signature = named_function(model)
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
    """The graph with weights and computation in half precision, between float32 inputs and outputs."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    return convert_float_to_float16(converted, keep_io_types=True)
