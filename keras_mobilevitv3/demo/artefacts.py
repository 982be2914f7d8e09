"""The files a model is saved to, each read back and compared with the live model."""

import importlib.util

import keras
import numpy as np

from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.exporting.keras_exports import export_litert, export_saved_model

FILES, FOLDER = ("digits.keras", "digits.tflite"), "saved_model"


def save_and_compare(model, images, folder):
    """Writes `digits.keras`, `saved_model/` and `digits.tflite`, and reads each back.

    Args:
        model: Keras model of one input of a fixed size and one output.
        images: Float32 array, a batch of its input.
        folder: `pathlib.Path` to write to.

    Yields:
        Pairs of the `pathlib.Path` of a file or folder and the largest absolute difference between its output and the
        live model's.

    Raises:
        ImportError: If TensorFlow is not installed.
    """
    expected = model.predict(images, verbose=0)
    for name, save, run in (
        (FILES[0], save_keras, run_keras),
        (FOLDER, export_saved_model, run_saved_model),
        (FILES[1], export_litert, run_litert),
    ):
        save(model, folder / name)
        yield folder / name, float(np.abs(run(folder / name, images) - expected).max())


def save_keras(model, path):
    with atomic_write(path) as unfinished:
        model.save(unfinished)


def run_keras(path, images):
    return keras.saving.load_model(path).predict(images, verbose=0)


def run_saved_model(path, images):
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))  # its function dies with it
    return loaded.serve(tf.constant(images)).numpy()


def run_litert(path, images):
    interpreter = litert_interpreter()(model_path=str(path))
    (image_input,), (output,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(image_input["index"], images.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(image_input["index"], images)
    interpreter.invoke()
    return interpreter.get_tensor(output["index"])


def litert_interpreter():
    """The interpreter of LiteRT, or without it the one inside TensorFlow."""
    if importlib.util.find_spec("ai_edge_litert") is not None:
        from ai_edge_litert.interpreter import Interpreter

        return Interpreter

    import tensorflow as tf

    return tf.lite.Interpreter
