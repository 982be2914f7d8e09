"""Exports by Keras itself, without signatures for pictures, comparison and model card."""

from pathlib import Path

import keras

from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.checks import check_boolean, check_instance, check_path
from keras_mobilevitv3.exporting.formats.litert import FORMAT as LITERT
from keras_mobilevitv3.exporting.quantized_models import check_quantized
from keras_mobilevitv3.exporting.tensorflow_process import export_in_tensorflow
from keras_mobilevitv3.inference.single_precision import in_single_precision
from keras_mobilevitv3.overwriting import check_file, check_folder, written_folder


def export_saved_model(model, path, overwrite=True):
    """Writes a model as a SavedModel, for TensorFlow and TF Serving.

    Its function is called `serve` and `serving_default`: images of the shape of the model's input, with any batch size,
    to the model's outputs, in inference mode. On a backend other than TensorFlow the model is exported in a process of
    its own.

    Args:
        model: Keras model.
        path: Path of the folder to write. It appears when it is whole, with a `manifest.json` that lists what is in it.
        overwrite: Boolean, whether to replace a folder in which everything is as its manifest lists it. Defaults to
            `True`.

    Returns:
        `pathlib.Path` of the folder.

    Raises:
        ValueError: If an argument is not as stated.
        FileExistsError: If a file stands at `path`, or a folder that may not be replaced. The message names what stands
            in the way.
        ImportError: If TensorFlow is not installed.
        RuntimeError: If the export fails in the process of its own.
    """
    check_instance("model", model, keras.Model)
    check_path("path", path)
    check_boolean("overwrite", overwrite)
    path, model = Path(path), in_single_precision(model)
    if keras.backend.backend() != "tensorflow":
        check_folder(path, overwrite)
        return export_in_tensorflow("saved_model", model, path, overwrite=overwrite)
    with written_folder(path, overwrite) as unfinished:
        model.export(unfinished, format="tf_saved_model", verbose=False)
    return path


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
    if path.suffix != LITERT.suffix:
        raise ValueError(f"`path` must end in {LITERT.suffix}. Received: path={str(path)!r}")
    check_quantized(model, LITERT)
    model = in_single_precision(model)
    sizes = [tuple(tensor.shape[1:]) for tensor in model.inputs]
    if any(None in size for size in sizes):
        raise ValueError(
            f"`model` must be built with a fixed input size for LiteRT. Received: inputs of shapes {sizes}"
        )
    check_file(path, overwrite, LITERT.file_kinds)
    if keras.backend.backend() != "tensorflow":
        return export_in_tensorflow("litert", model, path, overwrite=overwrite)
    with atomic_write(path) as unfinished:
        model.export(unfinished, format="litert", verbose=False)
    return path
