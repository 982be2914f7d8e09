import tempfile
from contextlib import contextmanager
from pathlib import Path

import keras

from keras_mobilevitv3.exporting.graph.names import INPUT_NAME, SIGNATURE


def output_names(model):
    """Names of the outputs of a model in the order of its files: the keys of a dict, or the output layers."""
    return sorted(model.output) if isinstance(model.output, dict) else list(model.output_names)


def inference_function(model, batch_size=None):
    """The inference of a model as a TensorFlow function from `"images"` to a dict of named outputs.

    Args:
        model: Functional Keras model of one input.
        batch_size: Integer, images per call, or `None` for any number. Defaults to `None`.

    Returns:
        Tuple of the `tf.function` and the list of its `tf.TensorSpec`.
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
def named_saved_model(model, batch_size=None):
    """Gives the folder of a passing SavedModel of `inference_function`, which other converters read."""
    infer, signature = inference_function(model, batch_size)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder) / "saved_model"
        archive = keras.export.ExportArchive()
        archive.track(model)
        archive.add_endpoint(SIGNATURE, infer, input_signature=signature)
        archive.write_out(folder, verbose=False)
        yield folder
