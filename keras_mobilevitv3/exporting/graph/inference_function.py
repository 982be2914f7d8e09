import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras

from keras_mobilevitv3.array_types import Model
from keras_mobilevitv3.exporting.graph.names import INPUT_NAME, SIGNATURE


def output_names(model: Model) -> list[str]:
    """Returns the names of the outputs: the sorted keys if the output is a dict, otherwise the output layers."""
    return sorted(model.output) if isinstance(model.output, dict) else list(model.output_names)


def inference_function(model: Model, batch_size: int | None = None) -> tuple[Any, list[Any]]:
    """Returns a TensorFlow function that maps `"images"` to a dict of named outputs, in inference mode.

    Args:
        model: Functional Keras model with one input.
        batch_size: Integer, number of images per call, or `None` for any number. Defaults to `None`.

    Returns:
        Tuple of the `tf.function` and the list with its `tf.TensorSpec`.
    """
    import tensorflow as tf

    signature = [tf.TensorSpec((batch_size, *model.inputs[0].shape[1:]), "float32", name=INPUT_NAME)]

    @tf.function(input_signature=signature)
    def infer(images):
        outputs = model(images, training=False)
        if isinstance(outputs, dict):
            return outputs
        return dict(zip(output_names(model), outputs if isinstance(outputs, list | tuple) else [outputs], strict=True))

    return infer, signature


@contextmanager
def named_saved_model(model: Model, batch_size: int | None = None) -> Iterator[Path]:
    """Yields the folder of a temporary SavedModel of `inference_function`, as input of other converters."""
    infer, signature = inference_function(model, batch_size)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "saved_model"
        archive = keras.export.ExportArchive()
        archive.track(model)
        archive.add_endpoint(SIGNATURE, infer, input_signature=signature)
        archive.write_out(folder, verbose=False)
        yield folder
