import tempfile
from pathlib import Path

import numpy as np

from keras_mobilevitv3.blocks.family_of_model import family_of
from keras_mobilevitv3.exporting.deployment import NETWORK, deployed_model, task_of
from keras_mobilevitv3.exporting.graph.names import SIGNATURE
from keras_mobilevitv3.exporting.serving.picture_requests import picture_function
from keras_mobilevitv3.exporting.serving.warmup_requests import write_warmup_requests
from keras_mobilevitv3.preprocessing.pixel_range import from_pixels, scales_pixels

CLASS_NAMES_FILE = "class_names.txt"


def write_serving_model(
    model,
    path,
    class_names=None,
    postprocessing=True,
    class_map=False,
    sample=None,
    batch_size=None,
    activation=None,
):
    """Writes a SavedModel for TF Serving, from a TensorFlow process.

    Its signatures:

    - `serving_default`: `images`, float32, as the model takes them, to the outputs of `deployed_model`;
    - `uint8_images`: `images`, uint8, 0-255, to the same outputs, in requests of a quarter of the size;
    - `image_bytes`: `image_bytes`, strings, the contents of JPEG, PNG, GIF or BMP (24 bits) files, to the outputs of
      `picture_function`. It is left out for networks that are not of this package, and models of several outputs that
      are no detectors of this package.

    Args:
        model: Classifier, segmenter, detector or another network of one input.
        path: `pathlib.Path` of the folder to write.
        class_names: Sequence of strings, one for each class, which become an asset too, or `None` for a feature
            extractor. Defaults to `None`.
        postprocessing, class_map: As in `deployed_model`; `image_bytes` always gives the finished results.
        sample: Uint8 array of shape `(height, width, channels)`, an image of the size of the model's input, for warm-up
            requests, or `None` for none. Defaults to `None`.
        batch_size: Integer, images per call of each signature, or `None` for any number. Defaults to `None`.
        activation: What the outputs of a classifier are, see `class_scores`. Defaults to `None`.

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


def signatures(model, deployed, class_names, batch_size=None, activation=None, postprocessing=True):
    """Functions of TensorFlow by the names of the signatures; where they can, they share one graph of the network."""
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
