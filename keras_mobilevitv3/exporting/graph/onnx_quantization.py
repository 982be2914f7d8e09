"""ONNX graphs with 8 bits."""

import contextlib
import io
import tempfile
from pathlib import Path

import numpy as np

from keras_mobilevitv3.exporting.graph.names import INPUT_NAME

WITH_WEIGHTS = ["Conv", "MatMul", "Gemm"]
# Of the values of the calibration, how many lie inside the range of 8 bits. A few far values would make it too coarse
# for all others: with all of them inside, DeepLabv3 loses four times as much.
PERCENTILE = 99.98


def quantize_onnx(converted, calibration, batch_size=None):
    """A float32 ONNX graph with 8 bits in the weights and inputs of its convolutions and matrix products.

    Norms, softmax and activations stay in float32, and so do images and outputs. Inner tensors lose their names, which
    would be a third of the file.

    Args:
        converted: `onnx.ModelProto`.
        calibration: Float32 array of images as the model takes them, which tell the ranges of what goes through it.
        batch_size: Integer, images per call of the graph, or `None` for any number. Defaults to `None`.

    Returns:
        `onnx.ModelProto`.
    """
    import onnx
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, quantize_static

    def quantize(calibrate_method):
        quantize_static(
            source,
            target,
            OneByOne(calibration, batch_size or 1),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=WITH_WEIGHTS,
            per_channel=True,
            reduce_range=True,  # x86-64 processors without VNNI cut off the sums of products of 8 bits
            calibrate_method=calibrate_method,
            extra_options={"CalibPercentile": PERCENTILE},
        )

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):  # it prints its progress
        source, target = Path(folder) / "float32.onnx", Path(folder) / "int8.onnx"
        onnx.save(converted, source)
        try:
            quantize(CalibrationMethod.Percentile)
        except ValueError as error:
            if "bins" not in str(error):
                raise
            quantize(CalibrationMethod.MinMax)  # values that are nearly all the same have no histogram
        return without_names(onnx.load(target))


class OneByOne:
    """Gives the images of an array, one at a time (in a batch of copies), as ONNX Runtime reads calibration data."""

    def __init__(self, images, batch_size=1):
        self.images = iter(images)
        self.batch_size = batch_size

    def get_next(self):
        image = next(self.images, None)
        return None if image is None else {INPUT_NAME: np.repeat(image[None], self.batch_size, axis=0)}

    def __iter__(self):
        return iter(self.get_next, None)


def without_names(converted):
    """The graph with numbers for names, but for its inputs and outputs."""
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
