from pathlib import Path

import keras

from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.checks import check_boolean, check_instance, check_path
from keras_mobilevitv3.exporting.graph.inference_function import SIGNATURE, named_saved_model
from keras_mobilevitv3.exporting.graph.litert_quantization import quantize_litert
from keras_mobilevitv3.exporting.quantized_models import check_quantized
from keras_mobilevitv3.exporting.tensorflow_process import export_in_tensorflow
from keras_mobilevitv3.inference.fuse_batch_norm import fuse_batch_norm
from keras_mobilevitv3.inference.single_precision import in_single_precision
from keras_mobilevitv3.overwriting import check_file

SUFFIX = ".tflite"


def export_litert(model, path, overwrite=True):
    """Writes a model as a LiteRT file (formerly TensorFlow Lite), for phones and small devices.

    On a backend other than TensorFlow the model is exported in a process of its own.

    Args:
        model: Keras model of a fixed input size.
        path: Path of the file to write, ending in `.tflite`. It appears when it is whole.
        overwrite: Boolean, whether to replace a LiteRT file that is there. Defaults to `True`.

    Returns:
        `pathlib.Path` of the file.

    Raises:
        ValueError: If the suffix is another one, or the model takes images of any size or is quantized by Keras.
        FileExistsError: If a folder stands at `path`, a file that is no LiteRT model, or any file and `overwrite` is
            false.
        ImportError: If TensorFlow is not installed.
        RuntimeError: If the export fails in the process of its own.
    """
    check_instance("model", model, keras.Model)
    check_path("path", path)
    check_boolean("overwrite", overwrite)
    path = Path(path)
    if path.suffix != SUFFIX:
        raise ValueError(f"`path` must end in {SUFFIX}. Received: path={str(path)!r}")
    check_quantized(model, "litert")
    model = in_single_precision(model)
    sizes = [tuple(tensor.shape[1:]) for tensor in model.inputs]
    if any(None in size for size in sizes):
        raise ValueError(
            f"`model` must be built with a fixed input size for LiteRT. Received: inputs of shapes {sizes}"
        )
    check_file(path, overwrite)
    if keras.backend.backend() != "tensorflow":
        return export_in_tensorflow("litert", model, path, overwrite=overwrite)
    with atomic_write(path) as unfinished:
        model.export(unfinished, format="litert", verbose=False)
    return path


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

    with named_saved_model(model, batch_size) as folder:
        converter = tf.lite.TFLiteConverter.from_saved_model(str(folder), signature_keys=[SIGNATURE])
        if half_precision:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
        return converter.convert()
