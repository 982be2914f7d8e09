import os
import tempfile
from pathlib import Path

from keras_mobilevitv3.exporting.formats.onnx import write_onnx


def write_openvino(model, path, precision="float32", calibration=None, batch_size=None):
    """Writes a functional model for OpenVINO, in a TensorFlow process, by way of ONNX.

    Sizes that the model leaves open stay so.

    Args:
        model: Keras model of one input, with any number of outputs, which keep their names.
        path: Path of the `.xml` file to write, with the graph; the weights are beside it in a file with the suffix
            `.bin`. They appear when they are whole; what is there is replaced.
        precision: `"float32"`, `"float16"` of the weights, or `"int8"`, see `quantize_onnx`. Defaults to `"float32"`.
        calibration: Float32 array of images as the model takes them, for `"int8"`. Defaults to `None`.
        batch_size: Integer, images per call, or `None` for any number. Defaults to `None`.

    Returns:
        `pathlib.Path` of the `.xml` file.
    """
    import openvino

    path = Path(path)
    with tempfile.TemporaryDirectory(dir=path.parent) as staging:
        unfinished = Path(staging) / path.name
        graph = "int8" if precision == "int8" else "float32"
        source = write_onnx(model, Path(staging) / "model.onnx", graph, calibration, batch_size)
        openvino.save_model(openvino.convert_model(source), unfinished, compress_to_fp16=precision == "float16")
        for suffix in (".bin", ".xml"):  # the graph last: with it the model is there
            os.replace(unfinished.with_suffix(suffix), path.with_suffix(suffix))
    return path
