"""SavedModel, for TensorFlow and TF Serving."""

from pathlib import Path
from typing import Any

from keras_mobilevitv3.exporting.formats.format import Format, RunFunction, check_batch
from keras_mobilevitv3.exporting.graph.names import INPUT_NAME, SIGNATURE


def write_saved_model(deployment: Any, path: Path, precision: str = "float32") -> None:
    """Writes a `Deployment` as a SavedModel for TF Serving; see `write_serving_model`."""
    from keras_mobilevitv3.exporting.serving.serving_model import write_serving_model

    write_serving_model(
        deployment.model,
        path,
        class_names=deployment.class_names,
        postprocessing=deployment.postprocessing,
        class_map=deployment.class_map,
        sample=deployment.sample,
        batch_size=deployment.batch_size,
        activation=deployment.activation,
    )


def open_saved_model(path: str, threads: int | None = None, one_by_one: bool = True) -> RunFunction:
    """Opens a SavedModel; see `Format.open`. `threads` and `one_by_one` are ignored."""
    import tensorflow as tf

    loaded = tf.saved_model.load(path)
    serve = loaded.signatures[SIGNATURE]
    batch_size = serve.structured_input_signature[1][INPUT_NAME].shape[0]

    def run(images, keep_alive=loaded):  # the signature stops working once `loaded` is deleted
        check_batch(path, batch_size, images)
        return {name: output.numpy() for name, output in serve(images=tf.constant(images)).items()}

    return run


FORMAT = Format(
    name="saved_model",
    title="SavedModel",
    suffix="",
    precisions=("float32",),
    write=write_saved_model,
    open=open_saved_model,
    runtime="tensorflow",
    distributions=("tensorflow",),
    holds_quantized_layers=True,
)
