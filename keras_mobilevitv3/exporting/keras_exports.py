"""Exports with `keras.Model.export`, without picture signatures, comparison or model card."""

import pathlib

import keras

from keras_mobilevitv3.array_types import FilePath, Model
from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.checks import check_boolean, check_instance, check_path
from keras_mobilevitv3.exporting.formats.litert import FORMAT as LITERT
from keras_mobilevitv3.exporting.quantized_models import check_quantized
from keras_mobilevitv3.exporting.tensorflow_process import export_in_tensorflow
from keras_mobilevitv3.inference.single_precision import in_single_precision
from keras_mobilevitv3.overwriting import check_file, check_folder, written_folder


def export_saved_model(model: Model, path: FilePath, overwrite: bool = True) -> pathlib.Path:
    """Writes a model as a SavedModel, for TensorFlow and TF Serving.

    The SavedModel has one function, named `serve` and `serving_default`. It maps images with the shape of the model's
    input, in any batch size, to the model's outputs in inference mode. On a backend other than TensorFlow, a TensorFlow
    process exports the model.

    Args:
        model: Keras model.
        path: Path of the folder to write. The folder appears once it is complete, with a `manifest.json` that lists its
            files.
        overwrite: Boolean, whether to replace an existing folder that matches its manifest. Defaults to `True`.

    Returns:
        `pathlib.Path` of the folder.

    Raises:
        ValueError: If an argument is invalid.
        FileExistsError: If `path` is a file, or a folder that may not be replaced. The message names the obstacle.
        ImportError: If TensorFlow is not installed.
        RuntimeError: If the export fails in the TensorFlow process.
    """
    check_instance("model", model, keras.Model)
    check_path("path", path)
    check_boolean("overwrite", overwrite)
    path, model = pathlib.Path(path), in_single_precision(model)
    if keras.backend.backend() != "tensorflow":
        check_folder(path, overwrite)
        return export_in_tensorflow("saved_model", model, path, overwrite=overwrite)
    with written_folder(path, overwrite) as unfinished:
        model.export(unfinished, format="tf_saved_model", verbose=False)
    return path


def export_litert(model: Model, path: FilePath, overwrite: bool = True) -> pathlib.Path:
    """Writes a model as a LiteRT file (formerly TensorFlow Lite), for phones and small devices.

    On a backend other than TensorFlow, a TensorFlow process exports the model.

    Args:
        model: Keras model with a fixed input size.
        path: Path of the file to write, ending in `.tflite`. The file appears once it is complete.
        overwrite: Boolean, whether to replace an existing LiteRT file. Defaults to `True`.

    Returns:
        `pathlib.Path` of the file.

    Raises:
        ValueError: If `path` has another suffix, the model has no fixed input size, or Keras has quantized the model.
        FileExistsError: If `path` is a folder, a file other than a LiteRT model, or any file with `overwrite=False`.
        ImportError: If TensorFlow is not installed.
        RuntimeError: If the export fails in the TensorFlow process.
    """
    check_instance("model", model, keras.Model)
    check_path("path", path)
    check_boolean("overwrite", overwrite)
    path = pathlib.Path(path)
    if path.suffix != LITERT.suffix:
        raise ValueError(f"`path` must end in {LITERT.suffix}. Received: path={str(path)!r}")
    check_quantized(model, LITERT)
    model = in_single_precision(model)
    sizes = [tuple(tensor.shape[1:]) for tensor in model.inputs]
    if any(None in size for size in sizes):
        raise ValueError(
            f"`model` must be built with a fixed input size for LiteRT. Received: inputs with shapes {sizes}"
        )
    check_file(path, overwrite, LITERT.file_kinds)
    if keras.backend.backend() != "tensorflow":
        return export_in_tensorflow("litert", model, path, overwrite=overwrite)
    with atomic_write(path) as unfinished:
        model.export(unfinished, format="litert", verbose=False)
    return path
