import math

import keras
import keras_hub
from keras import ops

from keras_mobilevitv3.checks import check_choice, check_integer, check_name, check_positive
from keras_mobilevitv3.interop.keras_hub.backbone import MobileViTBackbone
from keras_mobilevitv3.interop.keras_hub.image_sizes import check_multiple, size_pair
from keras_mobilevitv3.interop.keras_hub.retinanet_detector import MobileViTRetinaNetObjectDetector
from keras_mobilevitv3.interop.published_optimizer import check_rate_and_steps, published_optimizer

FORMATS = ("xyxy", "yxyx", "xywh", "center_xywh")
BOX_FORMATS = (*FORMATS, "center_yxhw", *(f"rel_{name}" for name in FORMATS))
PRIOR = 0.01  # probability of a class at an anchor before training
KERNEL_STDDEV = 0.01


def retinanet(
    variant,
    classes,
    bounding_box_format="xyxy",
    weights=None,
    min_level=3,
    max_level=7,
    anchor_size=4.0,
    head_convolutions=4,
    image_size=None,
    image_shape=(None, None, 3),
    learning_rate=None,
    dtype=None,
    name=None,
):
    """Builds KerasHub's RetinaNet on a network of the table, compiled as detectors were trained for the paper.

    `fit` and `evaluate` take images and `{"boxes": (batch, max_boxes, 4), "labels": (batch, max_boxes)}`, labels from 0
    and -1 where there is no box; `predict` gives `"boxes"`, `"labels"`, `"confidence"` and `"num_detections"`, the rest
    -1. The loss is KerasHub's, focal and Huber. The heads begin as in RetinaNet's paper, with small weights and a
    probability of 0.01 for each class; KerasHub 0.32 begins with large ones, and gives that bias to the boxes.

    Args:
        variant: Id of the table (see `list_variants`), a `BackboneConfig`, or a dict of its fields.
        classes: Integer, number of classes without a background.
        bounding_box_format: String, a format of `keras.utils.bounding_boxes`: `"xyxy"`, `"yxyx"`, `"xywh"`,
            `"center_xywh"` or `"center_yxhw"`, in pixels, or one of the first four with `"rel_"` in front, in parts of
            the image. Defaults to `"xyxy"`.
        weights: What the backbone starts from: `None` (random), `"imagenet"`, or the path of a checkpoint. Defaults to
            `None`.
        min_level, max_level: Integers, the first and the last level of the pyramid; level `n` has a stride of `2 ** n`
            pixels, those above 5 are made from it. Defaults to `3` and `7`.
        anchor_size: Float, side of the smallest anchors in strides of their level. Defaults to `4.0`.
        head_convolutions: Integer, convolutions of 256 channels before the last layer of each head. Defaults to `4`.
        image_size: Integer or pair, the size that the preprocessor squashes images and boxes to (the paper's detectors
            see 320), or `None` for images as they come. Boxes of `predict` are in pixels of that size. Defaults to
            `None`.
        image_shape: Tuple `(height, width, channels)` of the images of the network, height and width `None` for any.
            All sizes must be multiples of 32, in the separable family of 64. Defaults to `(None, None, 3)`.
        learning_rate: Float or `LearningRateSchedule`. Defaults to `None`: 0.0009, the highest of the published runs of
            SSDLite, whose batches were of 128 images and more.
        dtype: Dtype or dtype policy. Defaults to `None`, the global policy.
        name: Name of the model. Defaults to `None`, one that Keras makes.

    Returns:
        A `MobileViTRetinaNetObjectDetector`, which is a `keras_hub.models.RetinaNetObjectDetector`.

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
    """Lets the training begin with rare objects and boxes like the anchors, as in RetinaNet's paper."""
    for head, start in ((task.classification_head, -math.log((1 - PRIOR) / PRIOR)), (task.box_head, 0.0)):
        for layer in (*head.conv_layers, head.prediction_layer):
            layer.kernel.assign(keras.random.normal(layer.kernel.shape, stddev=KERNEL_STDDEV, dtype=layer.kernel.dtype))
        bias = head.prediction_layer.bias
        bias.assign(ops.full(bias.shape, start, bias.dtype))
