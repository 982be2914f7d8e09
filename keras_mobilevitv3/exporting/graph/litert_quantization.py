"""Quantizes LiteRT files to 8 bits."""

import contextlib
import io

import numpy as np

from keras_mobilevitv3.array_types import Tensor
from keras_mobilevitv3.exporting.graph.names import DETECTIONS, INPUT_NAME, SIGNATURE

OPERATIONS_WITH_WEIGHTS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
# XNNPACK cannot round the inputs of depthwise convolutions at run time. With these weights in float (1 % of all), XXS
# took 20.7 ms instead of 26.1, and 0.5 took 22.7 instead of 31.7.
OPERATIONS_WITH_DYNAMIC_RANGES = ("CONV_2D", "FULLY_CONNECTED")
# Operations between the operations with weights. With these in 8 bits too, values stay in 8 bits from one operation to
# the next. Norms, softmax, attention products and resizes stay in float, since 8 bits would lose their small values.
# ReLU is not among them: XNNPACK, which computes the file, has no ReLU in 8 bits.
OPERATIONS_WITHOUT_WEIGHTS = (
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
# Box decoding and the outputs stay in float: box coordinates in pixels need the precision.
DECODING = f"/{DETECTIONS}|StatefulPartitionedCall"
# So do norms, whose epsilon would be 0 in 8 bits, and the products of keys and scores. The speed is the same.
FLOAT_ARITHMETIC = r"norm(_\d+)?/|/attention_layer(_\d+)?/mul;?$"


def quantize_litert(contents: bytes, calibration: Tensor | None = None, batch_size: int = 1) -> bytes:
    """Quantizes convolutions and dense layers of a float32 LiteRT file to 8 bits. Images and outputs stay float32.

    Args:
        contents: Bytes of the file.
        calibration: Float32 array of images in the model's input range. They determine the ranges of the activations,
            so that weights and activations are quantized in the file. `None`: the file has 8-bit weights, and the
            runtime rounds activations to 8 bits by their ranges in each call. Defaults to `None`.
        batch_size: Integer, number of images per call of the file. Defaults to `1`.

    Returns:
        Bytes of the quantized file.
    """
    from ai_edge_quantizer.quantizer import Quantizer

    quantizer = Quantizer(contents)
    outside = [DECODING] if f"/{DETECTIONS}".encode() in contents else []
    if calibration is None:
        for name in OPERATIONS_WITH_DYNAMIC_RANGES:
            quantizer.add_dynamic_config(regex=_scopes_without(outside), operation_name=name, num_bits=8)
    else:
        for names, excluded in (
            (OPERATIONS_WITH_WEIGHTS, outside),
            (OPERATIONS_WITHOUT_WEIGHTS, [*outside, FLOAT_ARITHMETIC]),
        ):
            for name in names:
                quantizer.add_static_config(
                    regex=_scopes_without(excluded), operation_name=name, activation_num_bits=8, weight_num_bits=8
                )
    with contextlib.redirect_stderr(io.StringIO()):  # hides progress bars
        ranges = None
        if calibration is not None:
            batches = [np.repeat(image[None], batch_size, axis=0) for image in calibration]
            ranges = quantizer.calibrate({SIGNATURE: [{INPUT_NAME: batch} for batch in batches]})
        quantized = quantizer.quantize(ranges, enable_progress_report=False).quantized_model
    return _compact(bytes(quantized))


def _scopes_without(patterns):
    """Returns a regular expression that matches the scopes of operations without any of the patterns."""
    return f"^(?!.*({'|'.join(patterns)}))" if patterns else ".*"


def _compact(contents):
    """Removes the names of inner tensors and stores equal arrays once, which saves a tenth of the file.

    Args:
        contents: Bytes of a LiteRT file.

    Returns:
        Bytes of the smaller file.
    """
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(contents)))
    for buffer in model.buffers:
        if buffer.offset > 1:  # the data follows the graph
            buffer.data = np.frombuffer(contents, "uint8", buffer.size, buffer.offset)
            buffer.offset = buffer.size = 0
    for graph in model.subgraphs:
        outside = {*graph.inputs, *graph.outputs}
        for number, tensor in enumerate(graph.tensors):
            if number not in outside:
                tensor.name = None
    return _pack(model)


def _pack(model):
    """Returns the bytes of a `schema.ModelT`, with equal arrays stored once."""
    import flatbuffers

    class SharingBuilder(flatbuffers.Builder):
        def __init__(self):
            super().__init__(1024)
            self.offsets = {}

        def CreateNumpyVector(self, array):
            key = (array.dtype.str, array.tobytes())
            if key not in self.offsets:
                self.offsets[key] = super().CreateNumpyVector(array)
            return self.offsets[key]

    builder = SharingBuilder()
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
