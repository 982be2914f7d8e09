import math
from typing import Any

import keras
import keras_hub
from keras import ops

from keras_mobilevitv3.array_types import FilePath, Shape
from keras_mobilevitv3.backbones.config import BackboneConfig
from keras_mobilevitv3.checks import check_choice, check_integer, check_name, check_positive
from keras_mobilevitv3.interop.keras_hub.backbone import MobileViTBackbone
from keras_mobilevitv3.interop.keras_hub.image_sizes import check_multiple, size_pair
from keras_mobilevitv3.interop.keras_hub.retinanet_detector import MobileViTRetinaNetObjectDetector
from keras_mobilevitv3.interop.published_optimizer import check_rate_and_steps, published_optimizer

FORMATS_WITH_RELATIVE_FORM = ("xyxy", "yxyx", "xywh", "center_xywh")
BOX_FORMATS = (*FORMATS_WITH_RELATIVE_FORM, "center_yxhw", *(f"rel_{name}" for name in FORMATS_WITH_RELATIVE_FORM))
INITIAL_PROBABILITY = 0.01  # of each class at each anchor before training
KERNEL_STDDEV = 0.01


def retinanet(
    variant: str | BackboneConfig | dict[str, Any],
    classes: int,
    bounding_box_format: str = "xyxy",
    weights: FilePath | None = None,
    min_level: int = 3,
    max_level: int = 7,
    anchor_size: float = 4.0,
    head_convolutions: int = 4,
    image_size: int | tuple[int, int] | None = None,
    image_shape: Shape = (None, None, 3),
    learning_rate: Any = None,
    dtype: Any = None,
    name: str | None = None,
) -> MobileViTRetinaNetObjectDetector:
    """Builds KerasHub's RetinaNet on a MobileViT backbone, compiled with the settings of the paper's detectors.

    `fit` and `evaluate` take images and `{"boxes": (batch, max_boxes, 4), "labels": (batch, max_boxes)}`. Labels start
    at 0; the label -1 is padding. `predict` returns `"boxes"`, `"labels"`, `"confidence"` and `"num_detections"`,
    padded with -1. The losses are the defaults of KerasHub: focal loss for classes, Huber loss for boxes. The heads are
    initialized as in the RetinaNet paper, with small kernels and an initial probability of 0.01 for each class.
    KerasHub 0.32 initializes large kernels, and applies the bias of the class head to the box head.

    Args:
        variant: Id of a network (see `list_variants`), a `BackboneConfig`, or a dict of the fields of a
            `BackboneConfig`.
        classes: Integer, number of classes, without a background.
        bounding_box_format: String, a format of `keras.utils.bounding_boxes`. In pixels: `"xyxy"`, `"yxyx"`, `"xywh"`,
            `"center_xywh"` or `"center_yxhw"`. As fractions of the image size: `"rel_xyxy"`, `"rel_yxyx"`,
            `"rel_xywh"` or `"rel_center_xywh"`. Defaults to `"xyxy"`.
        weights: Initial weights of the backbone: `None` (random), `"imagenet"`, or the path of a checkpoint. Defaults
            to `None`.
        min_level, max_level: Integers, the first and the last level of the pyramid. Level `n` has a stride of `2 ** n`
            pixels. Levels above 5 are computed from level 5. Default to `3` and `7`.
        anchor_size: Float, side of the smallest anchors of a level, in strides of the level. Defaults to `4.0`.
        head_convolutions: Integer, number of convolutions with 256 channels before the last layer of each head.
            Defaults to `4`.
        image_size: Integer, or tuple `(height, width)`. The preprocessor resizes images and boxes to this size without
            keeping the aspect ratio (the paper's detectors: 320). With `None` there is no resize. Boxes of `predict`
            are in pixels of the resized images. Defaults to `None`.
        image_shape: Tuple `(height, width, channels)` of the images that the network receives. Height and width are
            `None` for any size. All sizes must be multiples of 32, or of 64 in the separable family. Defaults to
            `(None, None, 3)`.
        learning_rate: Float or `LearningRateSchedule`. Defaults to `None`: 0.0009, the peak rate of the published runs
            of SSDLite (batches of 128 images and more).
        dtype: Dtype or dtype policy. Defaults to `None`, the global policy.
        name: Name of the model. Defaults to `None`: Keras generates a name.

    Returns:
        A `MobileViTRetinaNetObjectDetector`, a subclass of `keras_hub.models.RetinaNetObjectDetector`.

    Raises:
        ValueError: If an argument is not as stated.

    Reference:
        [Lin et al., 2017](https://arxiv.org/abs/1708.02002)
    """
    for argument, value in (("classes", classes), ("min_level", min_level), ("head_convolutions", head_convolutions)):
        check_integer(argument, value)
    check_integer("max_level", max_level, least=min_level)
    check_choice("bounding_box_format", bounding_box_format, BOX_FORMATS)
    check_positive("anchor_size", anchor_size)
    check_name("name", name)
    check_rate_and_steps(learning_rate)
    image_size = size_pair(image_size)
    encoder = MobileViTBackbone(variant, image_shape=image_shape, weights=weights, dtype=dtype)
    family = encoder.network_config.family
    check_multiple(family.size_multiple(32), image_size, image_shape)
    backbone = keras_hub.models.RetinaNetBackbone(
        image_encoder=encoder,
        min_level=min_level,
        max_level=max_level,
        use_p5=False,
        image_shape=tuple(image_shape),
        dtype=dtype,
    )
    converter = keras_hub.layers.RetinaNetImageConverter(
        image_size, crop_to_aspect_ratio=False, bounding_box_format=bounding_box_format, **family.resize
    )
    task = MobileViTRetinaNetObjectDetector(
        backbone,
        num_classes=classes,
        bounding_box_format=bounding_box_format,
        anchor_generator=keras_hub.layers.AnchorGenerator(
            bounding_box_format,
            min_level=min_level,
            max_level=max_level,
            num_scales=3,
            aspect_ratios=[0.5, 1.0, 2.0],
            anchor_size=anchor_size,
        ),
        pre_logits_num_conv_layers=head_convolutions,
        preprocessor=keras_hub.models.RetinaNetObjectDetectorPreprocessor(converter),
        dtype=dtype,
        compile=False,
        **({} if name is None else {"name": name}),
    )
    _initialize_heads(task)
    task.compile(published_optimizer("detection", family, learning_rate))
    return task


def _initialize_heads(task):
    """Initializes the heads as in the RetinaNet paper: low class probabilities, and boxes close to the anchors."""
    class_bias = -math.log((1 - INITIAL_PROBABILITY) / INITIAL_PROBABILITY)
    for head, initial_bias in ((task.classification_head, class_bias), (task.box_head, 0.0)):
        for layer in (*head.conv_layers, head.prediction_layer):
            layer.kernel.assign(keras.random.normal(layer.kernel.shape, stddev=KERNEL_STDDEV, dtype=layer.kernel.dtype))
        bias = head.prediction_layer.bias
        bias.assign(ops.full(bias.shape, initial_bias, bias.dtype))
