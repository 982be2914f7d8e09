from keras_mobilevitv3.backbones.given_backbone import default_name, family_and_initialization, find_backbone
from keras_mobilevitv3.checks import check_boolean, check_integer, check_keywords, check_name
from keras_mobilevitv3.datasets import published_dataset
from keras_mobilevitv3.detection import anchors_per_cell
from keras_mobilevitv3.detection.head import extra_feature_maps, ssdlite_head
from keras_mobilevitv3.detection.ssd_detector import SETTINGS, SSDDetector, check_setting
from keras_mobilevitv3.weights import check_weights, load_weights

HEAD = "ssdlite"


def SSDLite(
    backbone="mobilevitv3_s",
    classes=80,
    input_shape=(320, 320, 3),
    weights=None,
    include_preprocessing=True,
    name=None,
    **detection,
):
    """The object detector SSDLite on any backbone of the table.

    ```python
    model = SSDLite("mobilevitv3_xs", classes=3)
    model.compile("adamw")
    model.fit(images, {"boxes": boxes, "labels": labels})  # xyxy pixels of the images; label -1 is padding
    model.predict(images)  # {"boxes": ..., "labels": ..., "confidence": ..., "num_detections": ...}
    ```

    Args:
        backbone: Id of the table (see `list_variants`), a `BackboneConfig`, or a model of `build_backbone` of a known
            image size, whose layers and weights become part of the detector: with `weights="imagenet"` there, training
            starts from ImageNet. Defaults to `"mobilevitv3_s"`.
        classes: Integer, number of classes without the background. Defaults to `80`.
        input_shape: Tuple `(height, width, channels)`, height and width at least 32. Training and inference use the
            same anchors at every size. The published code trains the separable family with fewer where its odd maps
            are enlarged; at sizes divisible by 64 there is no difference. Ignored for a given model. Defaults to
            `(320, 320, 3)`.
        weights: `None` (random), `"coco"` (downloaded on first use), or the path of a checkpoint in any format of
            `load_checkpoint`; of a classifier's checkpoint the backbone is taken. Defaults to `None`.
        include_preprocessing: Boolean, whether the model scales pixel values 0-255 to 0-1 itself; with `False` it takes
            0-1; ignored for a given model. Defaults to `True`.
        name: Name of the model. Defaults to `"ssdlite_"` and the id.
        **detection: Arguments of `SSDDetector` by keyword, such as `confidence_threshold`. Those left out are as in the
            published evaluation of the family: multi-head 0.05, all candidates, 200 detections of each class, class by
            class (the best 1000 of an image; the published code has no limit); separable 0.01, the best 400 candidates
            of each class, the best 200 detections of an image.

    Returns:
        An `SSDDetector`, a functional `keras.Model` from RGB images of shape `(batch, height, width, channels)`.

    Raises:
        TypeError: If a keyword is none of these.
        ValueError: If an argument is not as stated, `weights="coco"` comes with another number of classes or of
            channels or for a network without published weights, or a checkpoint does not fit.

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
            f"`classes` must be {dataset.classes} with `weights={dataset.name!r}`; to train other classes, give a "
            "`backbone` with weights, or the path of a checkpoint, whose last layers are left out. "
            f"Received: classes={classes}"
        )


def _check_images(shape, dataset):
    if None in shape:
        raise ValueError(
            "`input_shape`, or that of the `backbone`, must be of known height and width, on which the anchors depend. "
            f"Received: shape {shape}"
        )
    if dataset is not None and shape[-1] != 3:
        raise ValueError(f"`input_shape` must have 3 channels with `weights={dataset.name!r}`. Received: shape {shape}")
