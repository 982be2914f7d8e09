from pathlib import Path

import keras

from keras_mobilevitv3.checks import check_boolean, check_instance, check_path
from keras_mobilevitv3.exporting.tensorflow_process import export_in_tensorflow
from keras_mobilevitv3.inference.single_precision import in_single_precision
from keras_mobilevitv3.overwriting import check_folder, written_folder


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
