from typing import Any

from keras_mobilevitv3.array_types import FilePath, Model, Shape
from keras_mobilevitv3.backbones.config import BackboneConfig
from keras_mobilevitv3.backbones.given_backbone import default_name, family_and_initialization, find_backbone
from keras_mobilevitv3.checks import check_boolean, check_integer, check_keywords, check_name
from keras_mobilevitv3.datasets import published_dataset
from keras_mobilevitv3.detection import anchors_per_cell
from keras_mobilevitv3.detection.head import extra_feature_maps, ssdlite_head
from keras_mobilevitv3.detection.ssd_detector import SETTINGS, SSDDetector, check_setting
from keras_mobilevitv3.weights.loading import check_weights, load_weights

HEAD = "ssdlite"


def SSDLite(
    backbone: str | BackboneConfig | Model = "mobilevitv3_s",
    classes: int = 80,
    input_shape: Shape = (320, 320, 3),
    weights: FilePath | None = None,
    include_preprocessing: bool = True,
    name: str | None = None,
    **detection: Any,
) -> SSDDetector:
    """Builds the object detector SSDLite on any backbone.

    ```python
    model = SSDLite("mobilevitv3_xs", classes=3)
    model.compile("adamw")
    model.fit(images, {"boxes": boxes, "labels": labels})  # xyxy pixels of the images; label -1 is padding
    model.predict(images)  # {"boxes": ..., "labels": ..., "confidence": ..., "num_detections": ...}
    ```

    Args:
        backbone: Id of a network (see `list_variants`), a `BackboneConfig`, or a model returned by `build_backbone`,
            built for a known image size. The layers and weights of a model become part of the detector: to start
            training from ImageNet weights, pass a backbone built with `weights="imagenet"`. Defaults to
            `"mobilevitv3_s"`.
        classes: Integer, number of classes without the background. Defaults to `80`.
        input_shape: Tuple `(height, width, channels)`, height and width at least 32. Training and inference use the
            same anchors at every size. The published code trains the separable family with fewer anchors if a feature
            map has an odd size. Sizes divisible by 64 have no odd feature maps. Ignored if `backbone` is a model.
            Defaults to `(320, 320, 3)`.
        weights: `None` (random), `"coco"` (downloaded on first use), or the path of a checkpoint in any format that
            `load_checkpoint` reads. From the checkpoint of a classifier, only the backbone is loaded. Defaults to
            `None`.
        include_preprocessing: Boolean, whether the model scales pixel values from 0-255 to 0-1. With `False` the model
            expects values from 0 to 1. Ignored if `backbone` is a model. Defaults to `True`.
        name: Name of the model. Defaults to `"ssdlite_"` and the id of the backbone.
        **detection: Keyword arguments of `SSDDetector`, such as `confidence_threshold`. They default to the published
            evaluation of the family. Multi-head family: confidence threshold 0.05, all candidates, 200 detections of
            each class, sorted by class (the best 1000 detections of an image; the published code has no limit).
            Separable family: confidence threshold 0.01, the best 400 candidates of each class, the best 200 detections
            of an image, sorted by score.

    Returns:
        An `SSDDetector`, a functional `keras.Model` with RGB images of shape `(batch, height, width, channels)` as
        input.

    Raises:
        TypeError: If a keyword argument is unknown.
        ValueError: If an argument is not as stated, if `weights="coco"` does not match the number of classes or of
            channels, if the network has no published weights, or if a checkpoint does not fit the network.

    Reference:
        [Wadekar and Chaurasia, 2022](https://arxiv.org/abs/2209.15159), section 4.3;
        [Liu et al., 2016](https://arxiv.org/abs/1512.02325); [Sandler et al., 2018](https://arxiv.org/abs/1801.04381)
    """
    check_keywords("SSDLite", detection, tuple(SETTINGS))
    for setting, value in detection.items():
        check_setting(setting, value)
    check_boolean("include_preprocessing", include_preprocessing)
    check_name("name", name)
    check_weights(weights, backbone, HEAD)
    dataset = published_dataset(weights, HEAD)
    _check_classes(classes, dataset)
    encoder = find_backbone(backbone, 32, input_shape, include_preprocessing)
    _check_images(tuple(encoder.input.shape[1:]), dataset)
    family, _ = family_and_initialization(encoder)
    maps = [encoder.output["P4"], encoder.output["P5"]]
    maps += extra_feature_maps(maps[-1])
    model = SSDDetector(
        encoder.input,
        ssdlite_head(maps, classes, anchors_per_cell()),
        name=name or default_name(HEAD, backbone),
        **{**family.detection, **detection},
    )
    load_weights(model, weights, backbone, HEAD)
    return model


def _check_classes(classes, dataset):
    check_integer("classes", classes)
    if dataset is not None and classes != dataset.classes:
        raise ValueError(
            f"`classes` must be {dataset.classes} with `weights={dataset.name!r}`; to train other classes, pass a "
            "`backbone` with weights, or the path of a checkpoint (the last layers are not loaded if they do not fit). "
            f"Received: classes={classes}"
        )


def _check_images(shape, dataset):
    if None in shape:
        raise ValueError(
            "`input_shape` must have a known height and width, because the anchors depend on them; a `backbone` that "
            f"is a model must be built for a known size. Received: shape {shape}"
        )
    if dataset is not None and shape[-1] != 3:
        raise ValueError(f"`input_shape` must have 3 channels with `weights={dataset.name!r}`. Received: shape {shape}")
