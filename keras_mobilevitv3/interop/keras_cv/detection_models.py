"""Builders of KerasCV detectors on MobileViT backbones, with the published settings and a decoder for every backend."""

import math
from collections.abc import Sequence
from typing import Any

import keras
import keras_cv

from keras_mobilevitv3.array_types import FilePath, Shape
from keras_mobilevitv3.backbones.config import BackboneConfig
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
ANCHORS_PER_PIXEL = len(ASPECT_RATIOS) * len(SCALES)
INITIAL_PROBABILITY = 0.01  # of each class at each anchor before training


def retinanet(
    variant: str | BackboneConfig,
    classes: int,
    bounding_box_format: str,
    input_shape: Shape = (320, 320, 3),
    weights: FilePath | None = None,
    include_rescaling: bool = True,
    output_stride: int = 32,
    anchor_sizes: Sequence[float] = (32.0, 64.0, 128.0, 256.0, 512.0),
    head_convolutions: int = 3,
    learning_rate: Any = None,
    steps: int | None = None,
    **decoding: Any,
) -> KerasCVRetinaNet:
    """Builds and compiles KerasCV's `RetinaNet`.

    ```python
    model = retinanet("mobilevitv3_xxs", classes=20, bounding_box_format="xyxy", weights="imagenet")
    model.fit(images, {"boxes": boxes, "classes": labels})  # -1 in boxes and classes is padding
    model.predict(images)  # {"boxes": ..., "classes": ..., "confidence": ..., "num_detections": ...}
    ```

    Args:
        variant: Id of a network (see `list_variants`), or a `BackboneConfig`.
        classes: Integer, number of classes without the background.
        bounding_box_format: String, a box format of KerasCV, such as `"xyxy"`. Both targets and predictions have this
            format.
        input_shape: Tuple `(height, width, channels)`. Height and width are multiples of 32, or of 64 in the separable
            family. Defaults to `(320, 320, 3)`, as published for SSDLite.
        weights: Initial weights of the backbone: `None` (random), `"imagenet"`, or the path of a checkpoint. Defaults
            to `None`.
        include_rescaling: Boolean, whether the model scales pixel values from 0-255 to 0-1. Defaults to `True`.
        output_stride: 32. The pyramid of KerasCV needs this output stride. Defaults to `32`.
        anchor_sizes: Five floats, the smallest sides in pixels of the anchors at strides 8, 16, 32, 64 and 128. The
            detector does not learn objects smaller than about 0.7 times the first size. Defaults to
            `(32.0, 64.0, 128.0, 256.0, 512.0)`.
        head_convolutions: Integer, number of convolutions with 256 channels before the last convolution of the class
            head and of the box head. Defaults to `3`, as in KerasCV.
        learning_rate: Float or `LearningRateSchedule`, or `None` for the published peak rate, 9e-4. Defaults to `None`.
        steps: Integer, number of training steps of a schedule with warmup and cosine decay, or `None` for a constant
            learning rate. Defaults to `None`.
        **decoding: Keyword arguments of `KerasCVNonMaxSuppression`. Thresholds and limits default to the published
            evaluation of the family (see `SSDLite`), with at most 200 detections per image.

    Returns:
        A compiled `KerasCVRetinaNet`, a subclass of `keras_cv.models.RetinaNet`.

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
        classification_head=_prediction_head(
            ANCHORS_PER_PIXEL * classes, -math.log(1 / INITIAL_PROBABILITY - 1), head_convolutions
        ),
        box_head=_prediction_head(ANCHORS_PER_PIXEL * 4, 0.0, head_convolutions),
        prediction_decoder=decoder,
    )
    _compile(model, variant, learning_rate, steps, box_loss="smoothl1", classification_loss="focal")
    return model


def yolo_v8(
    variant: str | BackboneConfig,
    classes: int,
    bounding_box_format: str,
    input_shape: Shape = (320, 320, 3),
    weights: FilePath | None = None,
    include_rescaling: bool = True,
    output_stride: int = 32,
    fpn_depth: int = 1,
    learning_rate: Any = None,
    steps: int | None = None,
    **decoding: Any,
) -> KerasCVYOLOV8Detector:
    """Builds and compiles KerasCV's `YOLOV8Detector`.

    Args:
        variant, classes, bounding_box_format, input_shape, weights, include_rescaling, output_stride, learning_rate,
            steps: See `retinanet`.
        fpn_depth: Integer, depth of the blocks of the pyramid. Defaults to `1`, as in KerasCV's small networks.
        **decoding: See `retinanet`.

    Returns:
        A compiled `KerasCVYOLOV8Detector`, a subclass of `keras_cv.models.YOLOV8Detector`. `fit` and `predict` work as
        in the model of `retinanet`.

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
    check_output_stride(output_stride, model, "use 16 and 8 for segmentation, with `keras_mobilevitv3.DeepLabV3`")
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
    # XLA on TensorFlow does not support non-maximum suppression with an unknown batch size. JAX needs compilation.
    jit_compile = False if keras.backend.backend() == "tensorflow" else "auto"
    optimizer = published_optimizer("detection", find_config(variant).family, learning_rate, steps)
    model.compile(optimizer=optimizer, jit_compile=jit_compile, **losses)
