from keras_mobilevitv3.backbones.backbone import build_backbone
from keras_mobilevitv3.backbones.config import BackboneConfig
from keras_mobilevitv3.backbones.variants import find_config
from keras_mobilevitv3.detection import anchors_per_cell
from keras_mobilevitv3.heads.ssdlite import extra_feature_maps, ssdlite_head
from keras_mobilevitv3.models.ssd_detector import SSDDetector
from keras_mobilevitv3.weights import check_weights, load_weights

# What the published evaluations of each family keep; see `SSDDetector`.
PUBLISHED = {
    "multi_head": {
        "confidence_threshold": 0.05,
        "candidates_per_class": None,
        "max_detections_per_class": 200,
        "max_detections": 1000,  # published without a limit
        "order": "class",
        "clip_boxes": False,
    },
    "separable": {
        "confidence_threshold": 0.01,
        "candidates_per_class": 400,
        "max_detections_per_class": 200,
        "max_detections": 200,
        "order": "score",
        "clip_boxes": True,
    },
}


def SSDLite(
    backbone="mobilevitv3_s",
    classes=80,
    input_shape=(320, 320, 3),
    weights=None,
    backbone_weights=None,
    include_preprocessing=True,
    name=None,
    **detection,
):
    """Builds the object detector SSDLite on a network of the table.

    ```python
    model = SSDLite("mobilevitv3_xs", classes=3, backbone_weights="imagenet")
    model.compile("adamw")
    model.fit(images, {"boxes": boxes, "labels": labels})  # xyxy pixels of the images; label -1 is padding
    model.predict(images)  # {"boxes": ..., "labels": ..., "confidence": ..., "num_detections": ...}
    ```

    Args:
        backbone: Id of the table (see `list_variants`), or a `BackboneConfig` of your own. Defaults to
            `"mobilevitv3_s"`.
        classes: Integer, number of classes without the background. Defaults to `80`.
        input_shape: Tuple `(height, width, channels)`, height and width at least 32. Any size works in training and in
            inference alike. To give the separable family the number of anchors that the published code trains it with,
            take sizes divisible by 64; at others its odd maps are enlarged, and have more. Defaults to `(320, 320, 3)`.
        weights: `None` (random), `"coco"` (downloaded on first use), or the path of a checkpoint in any format of
            `load_checkpoint`; of a classifier's checkpoint the backbone is taken. Defaults to `None`.
        backbone_weights: `None` (random), `"imagenet"` (downloaded on first use), or the path of a checkpoint, for the
            backbone alone. Defaults to `None`.
        include_preprocessing: Boolean, whether the model scales pixel values 0-255 to 0-1 itself; with `False` it takes
            0-1. Defaults to `True`.
        name: Name of the model. Defaults to the id with `_ssdlite` behind it.
        **detection: Arguments of `SSDDetector` by keyword, such as `confidence_threshold`. They default to those of the
            published evaluation of the family.

    Returns:
        An `SSDDetector`, from RGB images of shape `(batch, height, width, channels)`.

    Raises:
        ValueError: If an argument is not as stated, `weights="coco"` comes with another number of classes or of
            channels or for a network without published weights, or a checkpoint does not fit.

    Reference:
        [Wadekar and Chaurasia, 2022](https://arxiv.org/abs/2209.15159), section 4.3;
        [Liu et al., 2016](https://arxiv.org/abs/1512.02325); [Sandler et al., 2018](https://arxiv.org/abs/1801.04381)
    """
    config = find_config(backbone)
    check_weights(weights, backbone, ("coco",))
    _check(classes, input_shape, weights)
    encoder = build_backbone(
        backbone,
        input_shape=tuple(input_shape),
        include_preprocessing=include_preprocessing,
        weights=backbone_weights,
    )
    maps = [encoder.output["P4"], encoder.output["P5"]]
    maps += extra_feature_maps(maps[-1])
    if name is None:
        name = "ssdlite" if isinstance(backbone, BackboneConfig) else f"{backbone}_ssdlite"
    model = SSDDetector(
        encoder.input,
        ssdlite_head(maps, classes, anchors_per_cell()),
        name=name,
        **{**PUBLISHED[config.attention], **detection},
    )
    load_weights(model, weights, backbone, ("coco",))
    return model


def _check(classes, input_shape, weights):
    if isinstance(classes, bool) or not isinstance(classes, int) or classes < 1:
        raise ValueError(f"`classes` must be a positive integer. Received: classes={classes!r}")
    if weights == "coco" and classes != 80:
        raise ValueError(
            "`classes` must be 80 with `weights='coco'`; for your own classes start from `backbone_weights`, or pass "
            f"the path of a checkpoint, whose last layers are left out. Received: classes={classes}"
        )
    if len(input_shape) != 3 or None in tuple(input_shape):
        raise ValueError(
            "`input_shape` must be `(height, width, channels)`, all of them known: the anchors depend on them. "
            f"Received: input_shape={tuple(input_shape)}"
        )
    if weights == "coco" and input_shape[-1] != 3:
        raise ValueError(
            f"`input_shape` must have 3 channels with `weights='coco'`. Received: input_shape={tuple(input_shape)}"
        )
