"""LiteRT files with 8 bits."""

import contextlib
import io

import numpy as np

from keras_mobilevitv3.exporting.graph.names import DETECTIONS, INPUT_NAME, SIGNATURE

WITH_WEIGHTS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
# What lies between them, so that values stay in 8 bits from one to the next. Norms, softmax, attention products and
# resizes are in float: their small values would be lost.
BETWEEN = (
    "ADD",
    "AVERAGE_POOL_2D",
    "CONCATENATION",
    "LOGISTIC",
    "MUL",
    "PAD",
    "PADV2",
    "RESHAPE",
    "SLICE",
    "SPLIT",
    "STRIDED_SLICE",
    "TRANSPOSE",
)
# All but the decoding of detections, which pixels of boxes need in float, and outputs, in which it ends.
NOT_DECODING = rf"^(?!.*(/{DETECTIONS}|StatefulPartitionedCall))"


def quantize_litert(contents, calibration=None, batch_size=1):
    """A float32 LiteRT file with 8 bits in its convolutions and dense layers; images and outputs stay float32.

    Args:
        contents: Bytes of the file.
        calibration: Float32 array of images as the model takes them, which tell the ranges of what goes through it, for
            8 bits in weights and values; or `None` for weights in 8 bits and values rounded to 8 bits as they come.
            Defaults to `None`.
        batch_size: Integer, images per call of the file. Defaults to `1`.

    Returns:
        Bytes of the file.
    """
    from ai_edge_quantizer.quantizer import Quantizer

    quantizer = Quantizer(contents)
    scopes = NOT_DECODING if f"/{DETECTIONS}".encode() in contents else ".*"
    if calibration is None:
        for name in WITH_WEIGHTS:
            quantizer.add_dynamic_config(regex=scopes, operation_name=name, num_bits=8)
    else:
        for name in (*WITH_WEIGHTS, *BETWEEN):
            quantizer.add_static_config(regex=scopes, operation_name=name, activation_num_bits=8, weight_num_bits=8)
    with contextlib.redirect_stderr(io.StringIO()):  # of progress bars
        ranges = None
        if calibration is not None:
            batches = [np.repeat(image[None], batch_size, axis=0) for image in calibration]
            ranges = quantizer.calibrate({SIGNATURE: [{INPUT_NAME: batch} for batch in batches]})
        quantized = quantizer.quantize(ranges, enable_progress_report=False).quantized_model
    return compact(bytes(quantized))


def compact(contents):
    """A LiteRT file without the names of inner tensors, and with equal arrays stored once, which is a tenth of it.

    Args:
        contents: Bytes of the file.

    Returns:
        Bytes of the file.
    """
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(contents)))
    for buffer in model.buffers:
        if buffer.offset > 1:  # its data lies behind the graph
            buffer.data = np.frombuffer(contents, "uint8", buffer.size, buffer.offset)
            buffer.offset = buffer.size = 0
    for graph in model.subgraphs:
        outside = {*graph.inputs, *graph.outputs}
        for number, tensor in enumerate(graph.tensors):
            if number not in outside:
                tensor.name = None
    return packed(model)


def packed(model):
    """Bytes of a `schema.ModelT`, in which equal arrays share their place."""
    import flatbuffers

    class SharingBuilder(flatbuffers.Builder):
        def __init__(self):
            super().__init__(1024)
            self.places = {}

        def CreateNumpyVector(self, array):
            key = (array.dtype.str, array.tobytes())
            if key not in self.places:
                self.places[key] = super().CreateNumpyVector(array)
            return self.places[key]

    builder = SharingBuilder()
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
