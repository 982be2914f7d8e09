"""Saving of the trained model, and comparison of each saved file with the model in memory."""

import importlib.util
import pathlib
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from keras_mobilevitv3.array_types import FilePath, Model
from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.exporting.keras_exports import export_litert, export_saved_model

FILES, FOLDER = ("digits.keras", "digits.tflite"), "saved_model"


def save_and_compare(model: Model, images: np.ndarray, folder: pathlib.Path) -> Iterator[tuple[pathlib.Path, float]]:
    """Writes `digits.keras`, `saved_model/` and `digits.tflite`, and compares the outputs of each with the model.

    Args:
        model: Keras model with one input of fixed size and one output.
        images: Float32 array, a batch of inputs of `model`.
        folder: `pathlib.Path` of the folder to write to.

    Yields:
        Tuples of the `pathlib.Path` of a file or folder, and the largest absolute difference between the outputs of
        the saved model and the outputs of `model`.

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


def save_keras(model: Model, path: FilePath) -> None:
    """Saves a model as a `.keras` file."""
    with atomic_write(path) as temporary_path:
        model.save(temporary_path)


def run_keras(path: FilePath, images: np.ndarray) -> np.ndarray:
    """Returns the outputs of a `.keras` file."""
    return keras.saving.load_model(path).predict(images, verbose=0)


def run_saved_model(path: FilePath, images: np.ndarray) -> np.ndarray:
    """Returns the outputs of a SavedModel."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))  # `serve` works only while `loaded` exists
    return loaded.serve(tf.constant(images)).numpy()


def run_litert(path: FilePath, images: np.ndarray) -> np.ndarray:
    """Returns the outputs of a LiteRT file."""
    interpreter = litert_interpreter()(model_path=str(path))
    (image_input,), (output,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(image_input["index"], images.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(image_input["index"], images)
    interpreter.invoke()
    return interpreter.get_tensor(output["index"])


def litert_interpreter() -> Any:
    """Returns the interpreter class of LiteRT, or of TensorFlow if LiteRT is not installed."""
    if importlib.util.find_spec("ai_edge_litert") is not None:
        from ai_edge_litert.interpreter import Interpreter

        return Interpreter

    import tensorflow as tf

    return tf.lite.Interpreter
