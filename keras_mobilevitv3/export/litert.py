from pathlib import Path

import keras

from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.export.tensorflow_process import export_in_tensorflow

SUFFIX = ".tflite"


def export_litert(model, path):
    """Writes a model as a LiteRT file (formerly TensorFlow Lite), for phones and small devices.

    On a backend other than TensorFlow the model is exported in a process of its own.

    Args:
        model: Keras model of a fixed input size.
        path: Path of the file to write, ending in `.tflite`. It appears when it is whole; one that is there is
            replaced.

    Returns:
        `pathlib.Path` of the file.

    Raises:
        ValueError: If the suffix is another one, or the model takes images of any size.
        ImportError: If TensorFlow is not installed.
        RuntimeError: If the export fails in the process of its own.
    """
    path = Path(path)
    if path.suffix != SUFFIX:
        raise ValueError(f"`path` must end in {SUFFIX}. Received: path={str(path)!r}")
    sizes = [tuple(tensor.shape[1:]) for tensor in model.inputs]
    if any(None in size for size in sizes):
        raise ValueError(
            f"`model` must be built with a fixed input size for LiteRT. Received: inputs of shapes {sizes}"
        )
    if keras.backend.backend() != "tensorflow":
        return export_in_tensorflow("litert", model, path)
    with atomic_write(path) as unfinished:
        model.export(unfinished, format="litert", verbose=False)
    return path
