import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from keras_mobilevitv3.array_types import Model
from keras_mobilevitv3.blocks.family_of_model import family_of
from keras_mobilevitv3.exporting.deployment import NETWORK, deployed_model, task_of
from keras_mobilevitv3.exporting.graph.names import SIGNATURE
from keras_mobilevitv3.exporting.serving.picture_requests import picture_function
from keras_mobilevitv3.exporting.serving.warmup_requests import write_warmup_requests
from keras_mobilevitv3.preprocessing.pixel_range import from_pixels, scales_pixels

CLASS_NAMES_FILE = "class_names.txt"


def write_serving_model(
    model: Model,
    path: Path,
    class_names: Sequence[str] | None = None,
    postprocessing: bool = True,
    class_map: bool = False,
    sample: np.ndarray | None = None,
    batch_size: int | None = None,
    activation: str | None = None,
) -> Path:
    """Writes a SavedModel for TF Serving, in a TensorFlow process.

    The SavedModel has these signatures:

    - `serving_default` maps `images`, float32 in the model's input range, to the outputs of `deployed_model`.
    - `uint8_images` maps `images`, uint8, 0-255, to the same outputs. Its requests have a quarter of the size.
    - `image_bytes` maps `image_bytes`, strings with the contents of JPEG, PNG, GIF or BMP (24 bits) files, to the
      outputs of `picture_function`. Only classifiers, segmenters and detectors of this package with three input
      channels have this signature.

    Args:
        model: Classifier, segmenter, detector or another network with one input.
        path: `pathlib.Path` of the folder to write.
        class_names: Sequence of strings, one per class, also saved as an asset. `None` for a feature extractor.
            Defaults to `None`.
        postprocessing, class_map: As in `deployed_model`. They do not change `image_bytes`, which always returns final
            results.
        sample: Uint8 array of shape `(height, width, channels)`, an image of the model's input size for warm-up
            requests, or `None` for no such requests. Defaults to `None`.
        batch_size: Integer, number of images per call of each signature, or `None` for any number. Defaults to `None`.
        activation: String or `None`, the kind of the outputs of a classifier; see `class_scores`. Defaults to `None`.

    Returns:
        `path`.
    """
    import tensorflow as tf

    deployed = deployed_model(model, postprocessing, class_map, activation=activation)
    module = tf.Module()
    module.model_variables = [variable.value for variable in model.variables]
    module.signatures_by_name = signatures(model, deployed, class_names, batch_size, activation, postprocessing)
    with tempfile.TemporaryDirectory() as folder:
        if class_names is not None:
            names_file = Path(folder, CLASS_NAMES_FILE)
            names_file.write_text("".join(f"{name}\n" for name in class_names), encoding="utf-8")
            module.class_names = tf.saved_model.Asset(str(names_file))
        tf.saved_model.save(module, str(path), signatures=dict(module.signatures_by_name))
    if sample is not None:
        images = np.repeat(sample[None], batch_size or 1, axis=0)
        write_warmup_requests(path, from_pixels(model, images.astype("float32")), images, module.signatures_by_name)
    return path


def signatures(
    model: Model,
    deployed: Model,
    class_names: Sequence[str] | None,
    batch_size: int | None = None,
    activation: str | None = None,
    postprocessing: bool = True,
) -> dict[str, Callable]:
    """Returns the TensorFlow functions by signature name. The functions share one graph of the network if possible.

    Args:
        model, class_names, batch_size, activation, postprocessing: As in `write_serving_model`.
        deployed: The `deployed_model` of `model`.
    """
    import tensorflow as tf

    shape = (batch_size, *model.inputs[0].shape[1:])
    scale = 1.0 if scales_pixels(model) else 255.0

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.float32, name="images")])
    def serve(images):
        return deployed(images, training=False)

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.uint8, name="images")])
    def serve_uint8(images):
        return serve(tf.cast(images, tf.float32) / scale)

    functions = {SIGNATURE: serve, "uint8_images": serve_uint8}
    if family_of(model) is not None and shape[-1] == 3 and task_of(model) != NETWORK:
        spec = tf.TensorSpec((batch_size,), tf.string, name="image_bytes")
        predict = picture_function(model, class_names, activation, serve if postprocessing else None)
        functions["image_bytes"] = tf.function(predict, input_signature=[spec])
    return functions
