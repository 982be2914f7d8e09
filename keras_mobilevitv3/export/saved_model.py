from pathlib import Path

import keras

from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.export.single_precision import in_single_precision
from keras_mobilevitv3.export.tensorflow_process import export_in_tensorflow


def export_saved_model(model, path):
    """Writes a model as a SavedModel, for TensorFlow and TF Serving.

    Its function is called `serve` and `serving_default`: images of the shape of the model's input, with any batch size,
    to the model's outputs, in inference mode. On a backend other than TensorFlow the model is exported in a process of
    its own.

    Args:
        model: Keras model.
        path: Path of the folder to write. It appears when it is whole; one that is there is replaced.

    Returns:
        `pathlib.Path` of the folder.

    Raises:
        ImportError: If TensorFlow is not installed.
        RuntimeError: If the export fails in the process of its own.
    """
    path, model = Path(path), in_single_precision(model)
    if keras.backend.backend() != "tensorflow":
        return export_in_tensorflow("saved_model", model, path)
    with atomic_write(path) as unfinished:
        model.export(unfinished, format="tf_saved_model", verbose=False)
    return path
