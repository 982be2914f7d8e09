"""LiteRT (formerly TensorFlow Lite), for phones and small devices."""

import pathlib
from typing import Any

from keras_mobilevitv3.array_types import FilePath, Model, Tensor
from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.exporting.formats.format import Format, RunFunction, check_batch
from keras_mobilevitv3.exporting.graph.names import SIGNATURE
from keras_mobilevitv3.file_contents import LITERT


def write_deployment(deployment: Any, path: FilePath, precision: str) -> None:
    """Writes a `Deployment` as a LiteRT file; see `write_litert`."""
    from keras_mobilevitv3.exporting.graph.runtime_decoding import LiteRTDecoding

    write_litert(deployment.graph(LiteRTDecoding), path, precision, deployment.calibration, deployment.batch_size)


def write_litert(
    model: Model,
    path: FilePath,
    precision: str = "float32",
    calibration: Tensor | None = None,
    batch_size: int | None = None,
) -> pathlib.Path:
    """Writes a functional model as a LiteRT file, in a TensorFlow process.

    Unknown input sizes of the model stay unknown in the file.

    Args:
        model: Keras model with one input and any number of outputs. The outputs keep their names.
        path: Path of the file to write. The file appears once it is complete, and replaces an existing file.
        precision: `"float32"`, `"float16"` (weights in half precision), `"dynamic_int8"` or `"int8"`; see
            `quantize_litert`. Defaults to `"float32"`.
        calibration: Float32 array of images in the model's input range, for `"int8"`. Defaults to `None`.
        batch_size: Integer, number of images per call. Defaults to `None`: one image.

    Returns:
        `pathlib.Path` of the file.
    """
    from keras_mobilevitv3.exporting.graph.litert_quantization import quantize_litert
    from keras_mobilevitv3.inference.fuse_batch_norm import fuse_batch_norm

    path = pathlib.Path(path)
    batch_size = batch_size or 1
    contents = convert_to_litert(fuse_batch_norm(model), half_precision=precision == "float16", batch_size=batch_size)
    if precision.endswith("int8"):
        contents = quantize_litert(contents, calibration if precision == "int8" else None, batch_size)
    with atomic_write(path) as unfinished:
        unfinished.write_bytes(contents)
    return path


def convert_to_litert(model: Model, half_precision: bool = False, batch_size: int = 1) -> bytes:
    """Returns the bytes of a LiteRT file of a Keras model, with weights in single or half precision."""
    import tensorflow as tf

    from keras_mobilevitv3.exporting.graph.inference_function import named_saved_model

    with named_saved_model(model, batch_size) as folder:
        converter = tf.lite.TFLiteConverter.from_saved_model(str(folder), signature_keys=[SIGNATURE])
        if half_precision:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
        return converter.convert()


def open_litert(path: str, threads: int | None = None, one_by_one: bool = True) -> RunFunction:
    """Opens a LiteRT file; see `Format.open`."""
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=path, num_threads=threads)
    runner = interpreter.get_signature_runner(SIGNATURE)
    (details,) = runner.get_input_details().values()

    def run(images):
        batch_size = int(details["shape_signature"][0])
        loop = one_by_one and batch_size == 1
        check_batch(path, None if loop or batch_size < 1 else batch_size, images)
        batches = [image[None] for image in images] if loop else [images]
        # The runtime reuses its output arrays in the next call, hence the copies.
        parts = [{name: np.copy(part) for name, part in runner(images=batch).items()} for batch in batches]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    return run


FORMAT = Format(
    name="litert",
    title="LiteRT",
    suffix=".tflite",
    precisions=("float32", "float16", "dynamic_int8", "int8"),
    write=write_deployment,
    open=open_litert,
    runtime="ai_edge_litert",
    packages=("ai_edge_litert", "ai_edge_quantizer"),
    distributions=("tensorflow", "ai-edge-litert", "ai-edge-quantizer"),
    file_kinds=(LITERT,),
)
