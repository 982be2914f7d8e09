"""Writes the warm-up requests that TF Serving runs before a model is ready, so that the first user does not wait."""

import importlib.util
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from keras_mobilevitv3.exporting.graph.names import SIGNATURE

WARMUP_FOLDER = "assets.extra"
WARMUP_FILE = "tf_serving_warmup_requests"


def write_warmup_requests(
    path: Path, float_images: np.ndarray, uint8_images: np.ndarray, signatures: Iterable[str]
) -> Path | None:
    """Writes `assets.extra/tf_serving_warmup_requests`, with one request for each signature.

    Writes nothing unless `tensorflow-serving-api` is installed, which defines the record format.

    Args:
        path: `pathlib.Path` of the folder of a SavedModel.
        float_images: Float32 array of shape `(batch, height, width, channels)`, images in the model's input range.
        uint8_images: Uint8 array of the same images, 0-255.
        signatures: Names of the signatures; see `write_serving_model`.

    Returns:
        `pathlib.Path` of the file, or `None` if nothing was written.
    """
    if importlib.util.find_spec("tensorflow_serving") is None:
        return None
    import tensorflow as tf
    from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

    inputs: dict[str, tuple[str, Any]] = {SIGNATURE: ("images", float_images), "uint8_images": ("images", uint8_images)}
    if "image_bytes" in signatures:
        inputs["image_bytes"] = ("image_bytes", [tf.io.encode_jpeg(image).numpy() for image in uint8_images])
    file = path / WARMUP_FOLDER / WARMUP_FILE
    file.parent.mkdir()
    with tf.io.TFRecordWriter(str(file)) as writer:
        for signature in signatures:
            name, images = inputs[signature]
            request = predict_pb2.PredictRequest()
            request.model_spec.signature_name = signature  # the server fills in the model name
            request.inputs[name].CopyFrom(tf.make_tensor_proto(images))
            log = prediction_log_pb2.PredictLog(request=request)
            writer.write(prediction_log_pb2.PredictionLog(predict_log=log).SerializeToString())
    return file
