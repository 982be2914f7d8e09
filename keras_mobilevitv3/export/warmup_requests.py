"""Requests that TF Serving answers before it tells that a model is ready, so that the first users do not wait."""

import importlib.util

FOLDER = "assets.extra"
FILE = "tf_serving_warmup_requests"
BATCH_SIZES = (1, 4)  # an unusual size is traced with the rest


def write_warmup_requests(path, float_images, uint8_images, signatures):
    """Writes `assets.extra/tf_serving_warmup_requests`, a record of each signature with 1 and with 4 images.

    Without `tensorflow-serving-api`, which knows the form of the records, nothing is written.

    Args:
        path: `pathlib.Path` of the folder of a SavedModel.
        float_images: Float32 array, images as the model takes them.
        uint8_images: Uint8 array, the same images, 0-255.
        signatures: Names of the signatures, see `write_serving_model`.

    Returns:
        `pathlib.Path` of the file, or `None`.
    """
    if importlib.util.find_spec("tensorflow_serving") is None:
        return None
    import tensorflow as tf
    from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

    encoded = [tf.io.encode_jpeg(image).numpy() for image in uint8_images] if uint8_images.shape[-1] == 3 else []
    inputs = {
        "serving_default": ("images", float_images),
        "uint8_images": ("images", uint8_images),
        "image_bytes": ("image_bytes", encoded),
    }
    file = path / FOLDER / FILE
    file.parent.mkdir()
    with tf.io.TFRecordWriter(str(file)) as writer:
        for signature in signatures:
            name, values = inputs[signature]
            for count in BATCH_SIZES:
                request = predict_pb2.PredictRequest()
                request.model_spec.signature_name = signature  # of which model, a server knows
                request.inputs[name].CopyFrom(tf.make_tensor_proto(values[:count], shape=shape_of(values[:count])))
                log = prediction_log_pb2.PredictLog(request=request)
                writer.write(prediction_log_pb2.PredictionLog(predict_log=log).SerializeToString())
    return file


def shape_of(values):
    return getattr(values, "shape", (len(values),))
