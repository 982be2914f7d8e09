"""Quantizes ONNX graphs to 8 bits."""

import contextlib
import io
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from keras_mobilevitv3.array_types import Tensor
from keras_mobilevitv3.exporting.graph.names import INPUT_NAME

OPERATIONS_WITH_WEIGHTS = ["Conv", "MatMul", "Gemm"]
# Percentage of the calibration values inside the range of 8 bits. A range with a few far values would be too coarse for
# all others: with 100 %, DeepLabv3 loses four times as much.
CALIBRATION_PERCENTILE = 99.98


def quantize_onnx(converted: Any, calibration: Tensor, batch_size: int | None = None) -> Any:
    """Quantizes weights and inputs of the convolutions and matrix products of a float32 ONNX graph to 8 bits.

    Products of two activations, norms, softmax, activation functions, images and outputs stay in float. Inner tensors
    get numbers for names, since their names would be a third of the file.

    Args:
        converted: `onnx.ModelProto`.
        calibration: Float32 array of images in the model's input range, which determine the ranges of 8 bits.
        batch_size: Integer, number of images per call of the graph, or `None` for any number. Defaults to `None`.

    Returns:
        Quantized `onnx.ModelProto`.
    """
    import onnx
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, quantize_static

    def quantize(calibrate_method):
        quantize_static(
            source,
            target,
            _CalibrationReader(calibration, batch_size or 1),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=OPERATIONS_WITH_WEIGHTS,
            nodes_to_exclude=_products_without_weights(converted.graph),
            per_channel=True,
            reduce_range=True,  # x86-64 processors without VNNI saturate sums of 8-bit products
            calibrate_method=calibrate_method,
            extra_options={"CalibPercentile": CALIBRATION_PERCENTILE},
        )

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):  # hides the progress
        source, target = Path(folder) / "float32.onnx", Path(folder) / "int8.onnx"
        onnx.save(converted, source)
        try:
            quantize(CalibrationMethod.Percentile)
        except ValueError as error:
            if "bins" not in str(error):
                raise
            quantize(CalibrationMethod.MinMax)  # nearly constant values have no histogram
        return _without_names(onnx.load(target))


def _products_without_weights(graph):
    """Returns the names of the matrix products of attention and of resizes, whose second factor is not a constant.

    With these in 8 bits, ONNX Runtime also computed the softmax in 8 bits. XXS took 40.1 ms, with them in float 31.1.
    """
    constants = {constant.name for constant in graph.initializer}
    return [node.name for node in graph.node if node.op_type == "MatMul" and node.input[1] not in constants]


class _CalibrationReader:
    """Calibration data reader of ONNX Runtime. Each call returns the next image, repeated `batch_size` times."""

    def __init__(self, images, batch_size=1):
        self.images = iter(images)
        self.batch_size = batch_size

    def get_next(self):
        image = next(self.images, None)
        return None if image is None else {INPUT_NAME: np.repeat(image[None], self.batch_size, axis=0)}

    def __iter__(self):
        return iter(self.get_next, None)


def _without_names(converted):
    """Replaces all names in the graph by numbers, except the names of inputs and outputs."""
    graph = converted.graph
    names = {"": "", **{tensor.name: tensor.name for tensor in (*graph.input, *graph.output)}}
    for node in graph.node:
        node.name = ""
        for tensors in (node.input, node.output):
            tensors[:] = [names.setdefault(name, str(len(names))) for name in tensors]
    for constant in graph.initializer:
        constant.name = names.setdefault(constant.name, str(len(names)))
    del graph.value_info[:]
    return converted
