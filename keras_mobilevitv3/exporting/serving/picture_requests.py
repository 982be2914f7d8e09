"""Builds the `image_bytes` signature of a SavedModel: predictions for encoded pictures in a TensorFlow graph.

The signature prepares pictures with the same functions as `predict_classes`, `predict_segmentation` and
`predict_detections`. The functions of this module need Keras on the TensorFlow backend.
"""

from collections.abc import Callable, Sequence

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

TOP = 5  # number of classes in the response of a classifier
SEGMENTER_SIZE = 512  # published `size` argument of `predict_segmentation`, for segmenters of any size


def picture_function(
    model: Model, class_names: Sequence[str] | None, activation: str | None = None, serve: Callable | None = None
) -> Callable:
    """Returns the function of the `image_bytes` signature.

    Args:
        model: Classifier, segmenter or detector.
        class_names: Sequence of strings, one for each class, or `None` for a feature extractor.
        activation: String or `None`, the kind of the outputs of a classifier; see `class_scores`. Defaults to `None`.
        serve: Function that takes the input of the model and returns the outputs of the model's `deployed_model`, such
            as a function that is already traced. Segmenters ignore `serve`, because the signature needs logits of low
            resolution. Defaults to `None`: the signature calls the model.

    Returns:
        Function that takes a string tensor of shape `(batch,)`, contents of JPEG, PNG, GIF or BMP (24 bits) files, and
        returns a dict of tensors.
    """
    task = task_of(model)
    if task == DETECTOR:
        return detector_function(model, class_names, serve)
    if task == SEGMENTER:
        return segmenter_function(model)
    return classifier_function(model, class_names, activation, serve)


def classifier_function(
    model: Model, class_names: Sequence[str] | None, activation: str | None = None, serve: Callable | None = None
) -> Callable:
    """Returns a function that classifies pictures.

    The function returns the `TOP` highest `scores`, highest first, and the names of their `classes`. A model with
    several labels per picture returns all scores. A model with a single output returns the scores of both classes. A
    feature extractor returns `features`.

    Args:
        model: Classifier.
        class_names: As in `picture_function`.
        activation: As in `picture_function`.
        serve: As in `picture_function`.
    """
    import tensorflow as tf

    names = () if class_names is None else class_names
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
        scores, numbers = tf.math.top_k(scores, len(names) if kind.several else min(TOP, len(names)))
        return {"scores": scores, "classes": tf.gather(tf.constant(names), numbers)}

    return predict


def detector_function(model: Model, class_names: Sequence[str] | None, serve: Callable | None = None) -> Callable:
    """Returns a function that detects objects in pictures. Boxes are in pixels, clipped to the picture.

    Args:
        model: Detector.
        class_names: As in `picture_function`.
        serve: As in `picture_function`.
    """
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
    """Returns a function that segments pictures.

    The function returns `mask_bytes`: one PNG file per picture, of the size of the picture, whose pixel values are
    classes. The function calls the model once for all pictures. A separable segmenter of any size keeps the aspect
    ratio of pictures, so the function calls the model once per picture.

    Args:
        model: Segmenter.
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
