"""LiteRT (formerly TensorFlow Lite), for phones and small devices."""

from pathlib import Path

from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.exporting.formats.format import Format, check_batch
from keras_mobilevitv3.exporting.graph.names import SIGNATURE
from keras_mobilevitv3.file_contents import LITERT


def write_deployment(deployment, path, precision):
    """Writes a `Deployment` as a LiteRT file; see `write_litert`."""
    from keras_mobilevitv3.exporting.graph.runtime_decoding import LiteRTDecoding

    write_litert(deployment.graph(LiteRTDecoding), path, precision, deployment.calibration, deployment.batch_size)


def write_litert(model, path, precision="float32", calibration=None, batch_size=None):
    """Writes a functional model as a LiteRT file, in a TensorFlow process.

    Sizes that the model leaves open stay so.

    Args:
        model: Keras model of one input, with any number of outputs, which keep their names.
        path: Path of the file to write. It appears when it is whole; one that is there is replaced.
        precision: `"float32"`, `"float16"` of the weights, or `"dynamic_int8"` or `"int8"`, see `quantize_litert`.
            Defaults to `"float32"`.
        calibration: Float32 array of images as the model takes them, for `"int8"`. Defaults to `None`.
        batch_size: Integer, images per call. Defaults to `None`, for one.

    Returns:
        `pathlib.Path` of the file.
    """
    from keras_mobilevitv3.exporting.graph.litert_quantization import quantize_litert
    from keras_mobilevitv3.inference.fuse_batch_norm import fuse_batch_norm

    path = Path(path)
    batch_size = batch_size or 1
    contents = convert_to_litert(fuse_batch_norm(model), half_precision=precision == "float16", batch_size=batch_size)
    if precision.endswith("int8"):
        contents = quantize_litert(contents, calibration if precision == "int8" else None, batch_size)
    with atomic_write(path) as unfinished:
        unfinished.write_bytes(contents)
    return path


def convert_to_litert(model, half_precision=False, batch_size=1):
    """Bytes of the LiteRT file of a Keras model, with weights in single or half precision."""
    import tensorflow as tf

    from keras_mobilevitv3.exporting.graph.inference_function import named_saved_model

    with named_saved_model(model, batch_size) as folder:
        converter = tf.lite.TFLiteConverter.from_saved_model(str(folder), signature_keys=[SIGNATURE])
        if half_precision:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
        return converter.convert()


def open_litert(path, threads=None, one_by_one=True):
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=path, num_threads=threads)
    runner = interpreter.get_signature_runner(SIGNATURE)
    (details,) = runner.get_input_details().values()

    def run(images):
        # The arrays are LiteRT's own, which it writes to again.
        batch_size = int(details["shape_signature"][0])
        loop = one_by_one and batch_size == 1
        check_batch(path, None if loop or batch_size < 1 else batch_size, images)
        batches = [image[None] for image in images] if loop else [images]
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
