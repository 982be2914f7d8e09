"""From encoded pictures to predictions inside a TensorFlow graph: the `image_bytes` signature of a SavedModel.

Pictures are read, resized and cropped as by the package: for classifiers by `prepare_images` of the command line, for
segmenters as `predict_segmentation`, for detectors as `predict_detections`.
"""

import keras

from keras_mobilevitv3.backbones.given_backbone import output_stride_of
from keras_mobilevitv3.blocks.family_of_model import family_of
from keras_mobilevitv3.classification.class_scores import FEATURES, class_scores
from keras_mobilevitv3.classification.model_input import transform
from keras_mobilevitv3.exporting.deployment import DETECTOR, SEGMENTER, best_class, task_of
from keras_mobilevitv3.preprocessing.exif_orientation import exif_orientation, upright
from keras_mobilevitv3.preprocessing.pixel_range import from_pixels

TOP = 5  # classes that a classifier names
SEGMENTER_SIZE = 512  # at which a segmenter of any size sees pictures, as published
KERNELS = {"bilinear": "triangle", "bicubic": "keyscubic"}  # of the operation of TensorFlow


def picture_function(model, class_names, activation=None, serve=None):
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


def classifier_function(model, class_names, activation=None, serve=None):
    """Pictures to the `TOP` best `scores` and the names of their `classes`, or to `features`.

    Of a model that gives several labels all scores are given, the highest first; of one with a single output those of
    its two classes.
    """
    import tensorflow as tf

    family, kind = family_of(model), class_scores(model, activation)
    apply = {"none": tf.identity, "softmax": tf.nn.softmax, "sigmoid": tf.sigmoid}[kind.activation]
    settings = transform(model, family)
    known = model.inputs[0].shape[1:3]
    size = [side or settings.crop_size for side in known]
    arguments = {"interpolation": settings.interpolation, "antialias": settings.antialias}
    arguments["round_between"] = settings.antialias  # as in `EvaluationTransform`

    def prepare(contents):
        picture = decode(contents)
        shape = tf.shape(picture)[:2]
        resized = settings.resize_size * shape // tf.reduce_min(shape)
        start = (resized - settings.crop_size) // 2 + [(settings.crop_size - side) // 2 for side in size]
        return resize(picture, resized, start, size, **arguments)

    def predict(image_bytes):
        images = from_pixels(model, each(prepare, image_bytes, size))
        outputs = model(images, training=False) if serve is None else serve(images)[kind.name]
        if kind.name == FEATURES:
            return {"features": outputs}
        scores = apply(outputs)
        if scores.shape[-1] == 1:
            scores = tf.concat([1.0 - scores, scores], axis=-1)
        scores, numbers = tf.math.top_k(scores, len(class_names) if kind.several else min(TOP, len(class_names)))
        return {"scores": scores, "classes": tf.gather(tf.constant(class_names), numbers)}

    return predict


def detector_function(model, class_names, serve=None):
    """Pictures to detections, with boxes in pixels of the pictures and cut off at their borders."""
    import tensorflow as tf

    height, width = model.image_size
    prepare = squash(model, model.image_size)

    def predict(image_bytes):
        images, shapes = each_with_shape(prepare, image_bytes, model.image_size)
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


def segmenter_function(model):
    """Pictures to `mask_bytes`: PNG files of the size of each picture, whose pixels are the classes."""
    import tensorflow as tf

    family, stride = family_of(model), output_stride_of(model)
    size = [side or SEGMENTER_SIZE for side in model.inputs[0].shape[1:3]]
    prepare = squash(model, size)
    logits_model = keras.Model(model.input, model.get_layer("classifier").output)
    dtype = "uint8" if logits_model.output.shape[-1] <= 256 else "uint16"

    def mask(logits_and_shape):
        logits, shape = logits_and_shape
        enlarge = enlarge_with_corners if family.align_corners else enlarge_by_stride
        classes = enlarge(tf.cast(logits, "float32"), shape, stride)
        return tf.io.encode_png(tf.cast(classes, dtype)[..., None])

    def predict(image_bytes):
        images, shapes = each_with_shape(prepare, image_bytes, size)
        logits = logits_model(from_pixels(model, images), training=False)
        return {"mask_bytes": tf.map_fn(mask, (logits, shapes), fn_output_signature=tf.string)}

    return predict


def enlarge_by_stride(logits, shape, stride):
    """Classes of `(h, w, classes)` logits, enlarged bilinearly by the stride and then to the nearest pixels."""
    import tensorflow as tf

    size = tf.shape(logits)[:2] * stride
    classes = best_class(tf.image.resize(logits, size, "bilinear"))
    rows, columns = (tf.range(shape[axis]) * size[axis] // shape[axis] for axis in (0, 1))
    return tf.gather(tf.gather(classes, rows), columns, axis=1)


def enlarge_with_corners(logits, shape, stride):
    """Classes of `(h, w, classes)` logits, enlarged bilinearly with corners on corners, row by row to save memory."""
    import tensorflow as tf

    def taps(axis):
        source, target = tf.shape(logits)[axis], shape[axis]
        scale = tf.cast(source - 1, "float64") / tf.cast(tf.maximum(target - 1, 1), "float64")
        position = tf.cast(tf.range(target), "float64") * scale
        low = tf.minimum(tf.cast(position, "int32"), source - 1)
        return low, tf.minimum(low + 1, source - 1), tf.cast(position - tf.cast(low, "float64"), "float32")

    low, high, weight = taps(1)
    weight = weight[:, None]
    columns = tf.gather(logits, low, axis=1) * (1 - weight) + tf.gather(logits, high, axis=1) * weight

    def row_classes(row):
        low, high, weight = row
        return best_class(columns[low] * (1 - weight) + columns[high] * weight)

    return tf.map_fn(row_classes, taps(0), fn_output_signature=tf.TensorSpec((None,), "int32"))


def squash(model, size):
    """Function from an encoded picture to its pixels at `size` and its own `(height, width)`."""
    import tensorflow as tf

    arguments = family_of(model).resize

    def prepare(contents):
        picture = decode(contents)
        return resize(picture, size, (0, 0), size, **arguments), tf.shape(picture)[:2]

    return prepare


def decode(contents):
    """Pixels of one encoded picture, `(height, width, 3)`, upright; a damaged one is an `InvalidArgumentError`."""
    import tensorflow as tf

    def jpeg():
        # By default JPEG is decoded faster, and up to six levels off.
        return tf.io.decode_jpeg(contents, channels=3, dct_method="INTEGER_ACCURATE")

    def other():
        return tf.io.decode_image(contents, channels=3, expand_animations=False)

    picture = tf.ensure_shape(tf.cond(tf.io.is_jpeg(contents), jpeg, other), (None, None, 3))
    return upright(picture, exif_orientation(contents))


def resize(picture, resized, start, size, interpolation, antialias, round_between=True):
    """The part of a resized picture that begins at `start`, in whole pixel values; only that part is computed.

    Args:
        picture: Uint8 tensor of shape `(height, width, 3)`.
        resized: Int32 tensor or pair, the height and width of all of the resized picture.
        start: Int32 tensor or pair, the first row and column.
        size: Pair of integers, the height and width of the part.
        interpolation, antialias: As in `resize_image`.
        round_between: Boolean, whether pixels are rounded after the width too, as in `resize_image`. Defaults to
            `True`.

    Returns:
        Float32 tensor of shape `(*size, 3)`.
    """
    import tensorflow as tf

    scale = tf.cast(resized, "float32") / tf.cast(tf.shape(picture)[:2], "float32")
    image = tf.cast(picture, "float32")[None]
    for axis in ([False, True], [True, False]):  # the width first
        image = tf.raw_ops.ScaleAndTranslate(
            images=image,
            size=tf.where(axis, size, tf.shape(image)[1:3]),
            scale=tf.where(axis, scale, 1.0),
            translation=tf.where(axis, -tf.cast(start, "float32"), 0.0),
            kernel_type=KERNELS[interpolation],
            antialias=antialias,
        )
        if round_between or axis[0]:
            image = tf.floor(tf.clip_by_value(image, 0.0, 255.0) + 0.5)
    return tf.ensure_shape(image[0], (*size, 3))


def each(prepare, contents, size):
    """Images `(batch, *size, 3)` of encoded pictures `(batch,)`."""
    import tensorflow as tf

    return tf.map_fn(prepare, contents, fn_output_signature=tf.TensorSpec((*size, 3), "float32"))


def each_with_shape(prepare, contents, size):
    """Images `(batch, *size, 3)` of encoded pictures `(batch,)`, and the sizes of the pictures `(batch, 2)`."""
    import tensorflow as tf

    specs = (tf.TensorSpec((*size, 3), "float32"), tf.TensorSpec((2,), "int32"))
    return tf.map_fn(prepare, contents, fn_output_signature=specs)
