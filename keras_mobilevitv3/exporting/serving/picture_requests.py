"""From encoded pictures to predictions inside a TensorFlow graph: the `image_bytes` signature of a SavedModel.

The network sees the pixels that it sees in `predict_classes`, `predict_segmentation` and `predict_detections`; the same
functions resize. The functions here must run in a process with Keras on TensorFlow.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras

from keras_mobilevitv3.array_types import Model
from keras_mobilevitv3.backbones.given_backbone import output_stride_of
from keras_mobilevitv3.blocks.family_of_model import required_family_of
from keras_mobilevitv3.classification.class_scores import FEATURES, class_scores
from keras_mobilevitv3.classification.model_input import transform
from keras_mobilevitv3.exporting.deployment import DETECTOR, SEGMENTER, task_of
from keras_mobilevitv3.preprocessing.graph_decoding import decode_in_graph
from keras_mobilevitv3.preprocessing.linear_interpolation import interpolate
from keras_mobilevitv3.preprocessing.pixel_range import from_pixels
from keras_mobilevitv3.preprocessing.resizing import resize_part
from keras_mobilevitv3.segmentation.class_map import best_class, logit_taps
from keras_mobilevitv3.segmentation.model_input import has_one_input_size, resize_for_segmenter

TOP = 5  # classes that a classifier names
SEGMENTER_SIZE = 512  # The published `size` at which a segmenter of any size sees pictures; see `predict_segmentation`.


def picture_function(
    model: Model, class_names: Sequence[str] | None, activation: str | None = None, serve: Callable | None = None
) -> Callable:
    """The function of the signature.

    Args:
        model: Classifier, segmenter or detector.
        class_names: Sequence of strings, one for each class, or `None` for a feature extractor.
        activation: What the outputs of a classifier are, see `class_scores`. Defaults to `None`.
        serve: Function from images, as the model takes them, to the outputs of its `deployed_model`, for a graph that
            is traced already; segmenters, of which low resolution is wanted here, do not use it. Defaults to `None`:
            the model is traced.

    Returns:
        Function from a string tensor of shape `(batch,)`, files in JPEG, PNG, GIF or BMP (24 bits), to a dict of
        tensors.
    """
    task = task_of(model)
    if task == DETECTOR:
        return detector_function(model, class_names, serve)
    if task == SEGMENTER:
        return segmenter_function(model)
    return classifier_function(model, class_names, activation, serve)


def classifier_function(
    model: Model, class_names: Any, activation: str | None = None, serve: Callable | None = None
) -> Callable:
    """Returns a function from pictures to the `TOP` best `scores` and the names of their `classes`, or to `features`.

    A model that gives several labels returns all scores, the highest first. A model with a single output returns the
    scores of its two classes.
    """
    import tensorflow as tf

    kind, resize_and_crop = class_scores(model, activation), transform(model, required_family_of(model))
    apply = {"none": tf.identity, "softmax": tf.nn.softmax, "sigmoid": tf.sigmoid}[kind.activation]

    def prepare(contents):
        return resize_and_crop(decode_in_graph(contents), keras.ops)

    def predict(image_bytes):
        pixels = tf.TensorSpec((*resize_and_crop.crop_size, 3), "float32")
        images = from_pixels(model, tf.map_fn(prepare, image_bytes, fn_output_signature=pixels))
        outputs = model(images, training=False) if serve is None else serve(images)[kind.name]
        if kind.name == FEATURES:
            return {"features": outputs}
        scores = apply(outputs)
        if scores.shape[-1] == 1:
            scores = tf.concat([1.0 - scores, scores], axis=-1)
        scores, numbers = tf.math.top_k(scores, len(class_names) if kind.several else min(TOP, len(class_names)))
        return {"scores": scores, "classes": tf.gather(tf.constant(class_names), numbers)}

    return predict


def detector_function(model: Model, class_names: Sequence[str] | None, serve: Callable | None = None) -> Callable:
    """Returns a function from pictures to detections. Boxes are in pixels of the pictures, cut off at the borders."""
    import tensorflow as tf

    height, width = model.image_size
    resize = required_family_of(model).resize

    def prepare(contents):
        picture = decode_in_graph(contents)
        pixels = resize_part(picture, (height, width), (0, 0), (height, width), **resize, ops=keras.ops)
        return pixels, tf.shape(picture)[:2]

    def predict(image_bytes):
        specs = tf.TensorSpec((height, width, 3), "float32"), tf.TensorSpec((2,), "int32")
        images, shapes = tf.map_fn(prepare, image_bytes, fn_output_signature=specs)
        images = from_pixels(model, images)
        found = model.decode_predictions(model(images, training=False)) if serve is None else dict(serve(images))
        limits = tf.cast(tf.gather(shapes, [1, 0, 1, 0], axis=1), "float32")[:, None]  # (B, 1, 4)
        boxes = tf.clip_by_value(found["boxes"] * limits / [width, height, width, height], 0.0, limits)
        real = found["labels"] >= 0
        names = tf.gather(tf.constant(class_names), tf.maximum(found["labels"], 0))
        return {
            **found,
            "boxes": tf.where(real[..., None], boxes, -1.0),
            "classes": tf.where(real, names, ""),
        }

    return predict


def segmenter_function(model: Model) -> Callable:
    """Returns a function from pictures to `mask_bytes`: PNG files of their sizes, whose pixels are classes.

    Pictures that the network sees at one size are a batch. A separable network of any size keeps the aspect ratio of
    pictures and sees them one by one.
    """
    import tensorflow as tf

    logits_model = keras.Model(model.input, model.get_layer("classifier").output)
    family, stride = required_family_of(model), output_stride_of(model)
    dtype = "uint8" if logits_model.output.shape[-1] <= 256 else "uint16"

    def prepare(contents):
        picture = decode_in_graph(contents)
        return resize_for_segmenter(model, picture, SEGMENTER_SIZE, keras.ops), tf.shape(picture)[:2]

    def mask(logits_and_shape):
        logits, shape = logits_and_shape
        sizes = tf.unstack(tf.shape(logits)[:2]), tf.unstack(shape)
        row_taps, column_taps = logit_taps(*sizes, family, stride, keras.ops)
        columns = interpolate(tf.cast(logits, "float32"), column_taps, 1, keras.ops)

        def row_classes(taps):  # one row at a time to save memory
            row = interpolate(columns, [each[None] for each in taps], 0, keras.ops)
            return best_class(row[0], keras.ops)

        classes = tf.map_fn(row_classes, row_taps, fn_output_signature=tf.TensorSpec((None,), "int32"))
        return tf.io.encode_png(tf.cast(classes, dtype)[..., None])

    def mask_of_one(contents):
        pixels, shape = prepare(contents)
        return mask((logits_model(from_pixels(model, pixels[None]), training=False)[0], shape))

    def predict(image_bytes):
        if not has_one_input_size(model):
            return {"mask_bytes": tf.map_fn(mask_of_one, image_bytes, fn_output_signature=tf.string)}
        size = [side or SEGMENTER_SIZE for side in model.input_shape[1:3]]
        specs = tf.TensorSpec((*size, 3), "float32"), tf.TensorSpec((2,), "int32")
        images, shapes = tf.map_fn(prepare, image_bytes, fn_output_signature=specs)
        logits = logits_model(from_pixels(model, images), training=False)
        return {"mask_bytes": tf.map_fn(mask, (logits, shapes), fn_output_signature=tf.string)}

    return predict
