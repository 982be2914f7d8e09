"""Requests that TF Serving answers before it tells that a model is ready, so that the first users do not wait."""

import importlib.util

from keras_mobilevitv3.exporting.graph.names import SIGNATURE

FOLDER = "assets.extra"
FILE = "tf_serving_warmup_requests"


def write_warmup_requests(path, float_images, uint8_images, signatures):
    """Writes `assets.extra/tf_serving_warmup_requests`, a record of one call of each signature.

    Without `tensorflow-serving-api`, which knows the form of the records, nothing is written.

    Args:
        path: `pathlib.Path` of the folder of a SavedModel.
        float_images: Float32 array of shape `(batch, height, width, channels)`, images as the model takes them.
        uint8_images: Uint8 array, the same images, 0-255.
        signatures: Names of the signatures, see `write_serving_model`.

    Returns:
        `pathlib.Path` of the file, or `None`.
    """
    if importlib.util.find_spec("tensorflow_serving") is None:
        return None
    import tensorflow as tf
    from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

    inputs = {SIGNATURE: ("images", float_images), "uint8_images": ("images", uint8_images)}
    if "image_bytes" in signatures:
        inputs["image_bytes"] = ("image_bytes", [tf.io.encode_jpeg(image).numpy() for image in uint8_images])
    file = path / FOLDER / FILE
    file.parent.mkdir()
    with tf.io.TFRecordWriter(str(file)) as writer:
        for signature in signatures:
            name, images = inputs[signature]
            request = predict_pb2.PredictRequest()
            request.model_spec.signature_name = signature  # of which model, a server knows
            request.inputs[name].CopyFrom(tf.make_tensor_proto(images))
            log = prediction_log_pb2.PredictLog(request=request)
            writer.write(prediction_log_pb2.PredictionLog(predict_log=log).SerializeToString())
    return file
