"""Detectors of KerasCV on MobileViT backbones, with a decoder for every backend and the published settings."""

import math

import keras
import keras_cv

from keras_mobilevitv3.backbones.variants import find_config
from keras_mobilevitv3.checks import check_integer, check_positive
from keras_mobilevitv3.interop.keras_cv.backbone_model import backbone
from keras_mobilevitv3.interop.keras_cv.detection_decoder import KerasCVNonMaxSuppression
from keras_mobilevitv3.interop.keras_cv.detectors import KerasCVRetinaNet, KerasCVYOLOV8Detector
from keras_mobilevitv3.interop.keras_cv.model_requirements import (
    check_box_format,
    check_known_size,
    check_map_sizes,
    check_output_stride,
)
from keras_mobilevitv3.interop.published_optimizer import check_rate_and_steps, published_optimizer

LEVELS = ("P3", "P4", "P5")
ASPECT_RATIOS = (0.5, 1.0, 2.0)
SCALES = tuple(2 ** (octave / 3) for octave in range(3))
ANCHORS = len(ASPECT_RATIOS) * len(SCALES)  # on each pixel of each map


def retinanet(
    variant,
    classes,
    bounding_box_format,
    input_shape=(320, 320, 3),
    weights=None,
    include_rescaling=True,
    output_stride=32,
    anchor_sizes=(32.0, 64.0, 128.0, 256.0, 512.0),
    head_convolutions=3,
    learning_rate=None,
    steps=None,
    **decoding,
):
    """KerasCV's `RetinaNet`, compiled.

    ```python
    model = retinanet("mobilevitv3_xxs", classes=20, bounding_box_format="xyxy", weights="imagenet")
    model.fit(images, {"boxes": boxes, "classes": labels})  # -1 in both where there is no box
    model.predict(images)  # {"boxes": ..., "classes": ..., "confidence": ..., "num_detections": ...}
    ```

    Args:
        variant: Id of the table (see `list_variants`), or a `BackboneConfig` of your own.
        classes: Integer, number of classes without the background.
        bounding_box_format: String, format of the boxes to learn from and of those found: `"xyxy"` or another one of
            KerasCV.
        input_shape: Tuple `(height, width, channels)`, height and width multiples of 32, in the separable family of 64.
            Defaults to `(320, 320, 3)`, as published for SSDLite.
        weights: Of the backbone: `None` (random), `"imagenet"`, or the path of a checkpoint. Defaults to `None`.
        include_rescaling: Boolean, whether the model scales pixel values 0-255 to 0-1 itself. Defaults to `True`.
        output_stride: 32, for which KerasCV's pyramid is written. Defaults to `32`.
        anchor_sizes: Five floats, pixels: smallest sides of the anchors of the strides 8 to 128; objects smaller than
            about 0.7 times the first are not learned. Defaults to `(32.0, 64.0, 128.0, 256.0, 512.0)`.
        head_convolutions: Integer, convolutions of 256 channels in the head of the classes and in that of the boxes,
            each before its last one. Defaults to `3`, as in KerasCV.
        learning_rate: Float or `LearningRateSchedule`, or `None` for the published highest one, 9e-4. Defaults to
            `None`.
        steps: Integer, number of training steps, over which the rate is warmed up and falls along a cosine, or `None`
            for a constant rate. Defaults to `None`.
        **decoding: Arguments of `KerasCVNonMaxSuppression` by keyword. Thresholds and limits that are left out are as
            in the published evaluation of the family, see `SSDLite`; 200 detections of an image.

    Returns:
        A compiled `KerasCVRetinaNet`, which is a `keras_cv.models.RetinaNet`.

    Raises:
        ValueError: If an argument is not as stated.

    Reference:
        [Lin et al., 2017](https://arxiv.org/abs/1708.02002)
    """
    check_rate_and_steps(learning_rate, steps)
    check_integer("head_convolutions", head_convolutions)
    check_box_format(bounding_box_format)
    if not isinstance(anchor_sizes, tuple | list) or len(anchor_sizes) != 5:
        raise ValueError(f"`anchor_sizes` must be five numbers. Received: anchor_sizes={anchor_sizes!r}")
    for size in anchor_sizes:
        check_positive("anchor_sizes", size)
    features = _features("RetinaNet", variant, classes, input_shape, include_rescaling, output_stride, weights)
    decoder = _decoder(variant, bounding_box_format, True, decoding)
    model = KerasCVRetinaNet(
        features,
        num_classes=classes,
        bounding_box_format=bounding_box_format,
        anchor_generator=keras_cv.layers.AnchorGenerator(
            bounding_box_format=bounding_box_format,
            sizes=list(anchor_sizes),
            aspect_ratios=list(ASPECT_RATIOS),
            scales=list(SCALES),
            strides=[8, 16, 32, 64, 128],
            clip_boxes=True,
        ),
        classification_head=_prediction_head(ANCHORS * classes, -math.log(99), head_convolutions),  # 1 % at first
        box_head=_prediction_head(ANCHORS * 4, 0.0, head_convolutions),
        prediction_decoder=decoder,
    )
    _compile(model, variant, learning_rate, steps, box_loss="smoothl1", classification_loss="focal")
    return model


def yolo_v8(
    variant,
    classes,
    bounding_box_format,
    input_shape=(320, 320, 3),
    weights=None,
    include_rescaling=True,
    output_stride=32,
    fpn_depth=1,
    learning_rate=None,
    steps=None,
    **decoding,
):
    """KerasCV's `YOLOV8Detector`, compiled.

    Args:
        variant, classes, bounding_box_format, input_shape, weights, include_rescaling, output_stride, learning_rate,
            steps: As in `retinanet`.
        fpn_depth: Integer, depth of the blocks of the pyramid; KerasCV has 1 for its small networks. Defaults to `1`.
        **decoding: As in `retinanet`.

    Returns:
        A compiled `KerasCVYOLOV8Detector`, which is a `keras_cv.models.YOLOV8Detector`; it is trained and used like the
        model of `retinanet`.

    Raises:
        ValueError: If an argument is not as stated.
    """
    check_rate_and_steps(learning_rate, steps)
    check_integer("fpn_depth", fpn_depth)
    check_box_format(bounding_box_format)
    features = _features("YOLOV8Detector", variant, classes, input_shape, include_rescaling, output_stride, weights)
    model = KerasCVYOLOV8Detector(
        features,
        num_classes=classes,
        bounding_box_format=bounding_box_format,
        fpn_depth=fpn_depth,
        prediction_decoder=_decoder(variant, bounding_box_format, False, decoding),
    )
    _compile(model, variant, learning_rate, steps, box_loss="ciou", classification_loss="binary_crossentropy")
    return model


def _features(model, variant, classes, input_shape, include_rescaling, output_stride, weights):
    check_integer("classes", classes)
    check_output_stride(output_stride, model, "16 and 8 are for segmentation, as `keras_mobilevitv3.DeepLabV3`")
    check_known_size(input_shape, model)
    features = backbone(variant, include_rescaling, input_shape, output_stride, weights)
    check_map_sizes(features, LEVELS, model)
    return features


def _decoder(variant, bounding_box_format, from_logits, decoding):
    published = find_config(variant).family.detection
    defaults = {
        "confidence_threshold": published["confidence_threshold"],
        "candidates_per_class": published["candidates_per_class"],
        "max_detections_per_class": 200,
        "max_detections": 200,
    }
    return KerasCVNonMaxSuppression(bounding_box_format, from_logits, **{**defaults, **decoding})


def _prediction_head(filters, bias, convolutions):
    return keras_cv.models.retinanet.PredictionHead(
        filters, bias_initializer=keras.initializers.Constant(bias), num_conv_layers=convolutions
    )


def _compile(model, variant, learning_rate, steps, **losses):
    # XLA has no non-maximum suppression of an unknown batch, and JAX would run without it step by step.
    jit_compile = False if keras.backend.backend() == "tensorflow" else "auto"
    optimizer = published_optimizer("detection", find_config(variant).family, learning_rate, steps)
    model.compile(optimizer=optimizer, jit_compile=jit_compile, **losses)
