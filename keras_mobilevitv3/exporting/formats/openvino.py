"""OpenVINO, the inference toolkit of Intel."""

import os
import pathlib
import tempfile
from typing import Any

from keras_mobilevitv3.array_types import FilePath, Model, Tensor
from keras_mobilevitv3.exporting.formats.format import Format, RunFunction, check_batch
from keras_mobilevitv3.exporting.formats.onnx import write_onnx
from keras_mobilevitv3.file_contents import OPENVINO


def write_deployment(deployment: Any, path: FilePath, precision: str) -> None:
    """Writes a `Deployment` for OpenVINO; see `write_openvino`."""
    from keras_mobilevitv3.exporting.graph.runtime_decoding import ONNXDecoding

    write_openvino(deployment.graph(ONNXDecoding), path, precision, deployment.calibration, deployment.batch_size)


def write_openvino(
    model: Model,
    path: FilePath,
    precision: str = "float32",
    calibration: Tensor | None = None,
    batch_size: int | None = None,
) -> pathlib.Path:
    """Writes a functional model for OpenVINO, in a TensorFlow process. OpenVINO converts an ONNX file.

    Unknown input sizes of the model stay unknown in the file.

    Args:
        model: Keras model with one input and any number of outputs. The outputs keep their names.
        path: Path of the `.xml` file to write, which contains the graph. A file with the suffix `.bin` next to it
            contains the weights. The files appear once they are complete, and replace existing files.
        precision: `"float32"`, `"float16"` (weights in half precision), or `"int8"`; see `quantize_onnx`. Defaults to
            `"float32"`.
        calibration: Float32 array of images in the model's input range, for `"int8"`. Defaults to `None`.
        batch_size: Integer, number of images per call, or `None` for any number. Defaults to `None`.

    Returns:
        `pathlib.Path` of the `.xml` file.
    """
    import openvino

    path = pathlib.Path(path)
    with tempfile.TemporaryDirectory(dir=path.parent) as staging:
        unfinished = pathlib.Path(staging) / path.name
        graph = "int8" if precision == "int8" else "float32"
        source = write_onnx(model, pathlib.Path(staging) / "model.onnx", graph, calibration, batch_size)
        openvino.save_model(openvino.convert_model(source), unfinished, compress_to_fp16=precision == "float16")
        for suffix in (".bin", ".xml"):  # the graph comes last and completes the model
            os.replace(unfinished.with_suffix(suffix), path.with_suffix(suffix))
    return path


def open_openvino(path: str, threads: int | None = None, one_by_one: bool = True) -> RunFunction:
    """Opens an OpenVINO file; see `Format.open`. `one_by_one` is ignored."""
    import numpy as np
    import openvino

    # By default OpenVINO computes in half precision on processors that support it, whatever the precision of the file.
    settings: dict[str, Any] = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    if threads is not None:
        settings["INFERENCE_NUM_THREADS"] = threads
    compiled = openvino.Core().compile_model(path, "CPU", settings)
    names = [output.get_any_name() for output in compiled.outputs]
    dimension = compiled.inputs[0].partial_shape[0]
    batch_size = dimension.get_length() if dimension.is_static else None

    def run(images):
        check_batch(path, batch_size, images)
        outputs = compiled([images])
        return {name: np.copy(outputs[number]) for number, name in enumerate(names)}

    return run


FORMAT = Format(
    name="openvino",
    title="OpenVINO",
    suffix=".xml",
    precisions=("float32", "float16", "int8"),
    write=write_deployment,
    open=open_openvino,
    runtime="openvino",
    packages=("onnx", "onnxruntime", "openvino", "tf2onnx"),
    distributions=("tensorflow", "tf2onnx", "onnx", "onnxruntime", "openvino"),
    file_kinds=(OPENVINO,),
    suffixes_beside=(".bin",),
)
