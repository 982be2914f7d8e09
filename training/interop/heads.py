"""The heads that `training.interop` compares. Other libraries are imported only when their heads are built."""

import numpy as np

from training.tasks import detection, segmentation


def our_segmenter(recipe, class_names):
    return segmentation.build_model(recipe, recipe.variants[0], class_names)


def our_detector(recipe, class_names):
    return detection.build_model(recipe, recipe.variants[0], class_names)


def keras_hub_segmenter(recipe, class_names):
    from keras_mobilevitv3.interop.keras_hub import deeplab_v3

    return deeplab_v3(recipe.variants[0], len(class_names), weights=recipe.weights, output_stride=recipe.output_stride)


def keras_hub_detector(recipe, class_names):
    """Builds a small RetinaNet for a CPU: two levels, anchors of the size of digits, one convolution in each head."""
    from keras_mobilevitv3.interop.keras_hub import retinanet

    model = retinanet(
        recipe.variants[0],
        len(class_names),
        weights=recipe.weights,
        min_level=4,
        max_level=5,
        anchor_size=2.0,
        head_convolutions=1,
    )
    return detecting(model)


def detecting(model):
    """Returns the RetinaNet with a low confidence threshold, which average precision needs."""
    import keras_hub

    model.prediction_decoder = keras_hub.layers.NonMaxSuppression(
        model.bounding_box_format, from_logits=True, confidence_threshold=0.01, max_detections=100
    )
    return model


def keras_cv_segmenter(recipe, class_names):
    from keras_mobilevitv3.interop.keras_cv import deeplab_v3_plus

    size = recipe.data.image_size
    return deeplab_v3_plus(recipe.variants[0], len(class_names), input_shape=(size, size, 3), weights=recipe.weights)


def keras_cv_detector(recipe, class_names):
    """Builds a small RetinaNet for a CPU: one convolution in each head."""
    from keras_mobilevitv3.interop.keras_cv import retinanet

    size = recipe.data.image_size
    model = retinanet(
        recipe.variants[0],
        len(class_names),
        "xyxy",
        input_shape=(size, size, 3),
        weights=recipe.weights,
        head_convolutions=1,
        confidence_threshold=0.01,
        max_detections=100,
    )
    return keras_cv_detecting(model)


def keras_cv_detecting(model):
    """Returns the detector, with detections that have the keys of this library."""
    detect = model.predict_on_batch

    def predict_on_batch(images):
        found = detect(images)
        return {**found, "labels": found["classes"]}

    model.predict_on_batch = predict_on_batch
    return model


def keras_cv_targets(images, targets):
    """Returns the images, and a dict of boxes and classes with -1 for places without a box."""
    missing = targets["labels"] < 0
    boxes = np.where(missing[..., None], np.float32(-1), targets["boxes"])
    return images, {"boxes": boxes, "classes": targets["labels"].astype("float32")}


# Functions of a recipe and the class names. They return a model. The keys are library and task.
BUILDERS = {
    "keras_mobilevitv3": {"segmentation": our_segmenter, "detection": our_detector},
    "keras_hub": {"segmentation": keras_hub_segmenter, "detection": keras_hub_detector},
    "keras_cv": {"segmentation": keras_cv_segmenter, "detection": keras_cv_detector},
}
# Functions that convert a batch for models that need another format than this library.
BATCHES = {("keras_cv", "detection"): keras_cv_targets}
# Highest learning rates for heads that need other rates than the recipes of this library.
LEARNING_RATES = {("keras_hub", "detection"): 1e-3, ("keras_cv", "detection"): 1e-3}
