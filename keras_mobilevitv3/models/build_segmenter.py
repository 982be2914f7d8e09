import math

import keras

from keras_mobilevitv3.backbones.backbone import build_backbone
from keras_mobilevitv3.backbones.config import BackboneConfig
from keras_mobilevitv3.backbones.variants import find_config
from keras_mobilevitv3.blocks.initialization import convolution_initializers, kernel_initializer
from keras_mobilevitv3.checks import check_boolean, check_integer, check_name, check_not_negative, check_rate
from keras_mobilevitv3.heads import auxiliary_logits, pixel_classifier
from keras_mobilevitv3.layers import AuxiliaryOutput, Upsampling
from keras_mobilevitv3.models.segmenter import Segmenter

CLASSES = {"pascal_voc": 21, "ade20k": 150}  # of the published networks
UPSAMPLINGS = ("input", "stride", None)


def find_backbone(backbone, output_stride, input_shape, include_preprocessing):
    """The model that the `backbone` argument of a builder stands for.

    Args:
        backbone: Id of the table, `BackboneConfig`, or model of `build_backbone`.
        output_stride: 32, 16 or 8; that of a given model.
        input_shape: Tuple `(height, width, channels)` for a new model.
        include_preprocessing: Boolean, for a new model.

    Returns:
        Model from images to `{"P1": ..., "P5": ...}`.

    Raises:
        ValueError: If `backbone` is nothing of the kind, or a model of another stride.
    """
    if isinstance(backbone, (str, BackboneConfig)):
        find_config(backbone, "backbone")
        return build_backbone(
            backbone,
            input_shape=input_shape,
            output_stride=output_stride,
            include_preprocessing=include_preprocessing,
        )
    outputs = backbone.output if isinstance(backbone, keras.Model) and backbone.built else None
    if not isinstance(outputs, dict) or not {"P4", "P5"} <= set(outputs):
        raise ValueError(
            "`backbone` must be an id of the table, a `BackboneConfig`, or a model of `build_backbone`. "
            f"Received: backbone={backbone!r}"
        )
    own_stride = output_stride_of(backbone)
    if own_stride != output_stride:
        raise ValueError(
            f"`output_stride` must be that of the `backbone`, which was built with {own_stride}. "
            f"Received: output_stride={output_stride}"
        )
    return backbone


def output_stride_of(model):
    """Pixels of the image per pixel of the last feature map of a model with the layers of `build_backbone`."""
    return 2 * math.prod(model.get_layer(f"stage{stage}_block0").strides for stage in (2, 3, 4, 5))


def attention_and_initialization(backbone):
    """The two fields of its config that tell the family of a model of `build_backbone`."""
    block = backbone.get_layer("stage5_block1")
    return block.attention, block.initialization


def build_segmenter(backbone, features, classes, output_stride, aux_head, aux_weight, aux_dropout, upsampling, name):
    """Puts the classifier of the pixels, the upsampling and the auxiliary head on a backbone and its head.

    Args:
        backbone: Model of `find_backbone`.
        features: Keras tensor, output of the head before the classifier.
        classes: Integer, number of classes.
        output_stride: Integer, pixels of the image per pixel of `features`.
        aux_head: Boolean or `None`, which is `True` for the separable family.
        aux_weight: Float, weight of the auxiliary loss.
        aux_dropout: Float, rate in the auxiliary head.
        upsampling: One of `UPSAMPLINGS`.
        name: Name of the model.

    Returns:
        A `Segmenter`.
    """
    attention, initialization = attention_and_initialization(backbone)
    separable = attention == "separable"
    classifier_initializers = convolution_initializers(initialization, features.shape[-1])
    logits = pixel_classifier(features, classes, classifier_initializers)
    logits = upsample(logits, backbone.input, upsampling, output_stride, align_corners=separable)
    outputs = logits
    if separable if aux_head is None else aux_head:
        stage = backbone.output["P4"]
        filters = max(stage.shape[-1] // 4, 128 if separable else 256)
        auxiliary = auxiliary_logits(
            stage,
            filters,
            classes,
            aux_dropout,
            kernel_initializer(initialization),
            convolution_initializers(initialization, filters),
        )
        output = AuxiliaryOutput(aux_weight, align_corners=separable, dtype=logits.dtype, name="aux_output")
        outputs = {"logits": logits, "logits_aux": output(auxiliary, logits)}
    return Segmenter(backbone.input, outputs, name=name)


def upsample(logits, images, upsampling, output_stride, align_corners):
    """Enlarges low-resolution logits as the published evaluation does."""
    if upsampling is None:
        return logits
    arguments = {"align_corners": align_corners, "dtype": logits.dtype, "name": "upsampling"}
    if upsampling == "stride":
        return Upsampling(output_stride, **arguments)(logits)
    return Upsampling(None if align_corners else output_stride, **arguments)(logits, images)


def check_segmenter(classes, weights, dropout, aux_head, aux_weight, upsampling, include_preprocessing, name):
    """Raises `ValueError` if an argument that all segmenters have is not as stated."""
    check_integer("classes", classes)
    check_boolean("aux_head", aux_head, optional=True)
    check_boolean("include_preprocessing", include_preprocessing)
    check_name("name", name)
    if isinstance(weights, str) and CLASSES.get(weights, classes) != classes:
        raise ValueError(
            f"`classes` must be {CLASSES[weights]} with `weights={weights!r}`. Received: classes={classes}"
        )
    check_rate("dropout", dropout)
    check_not_negative("aux_weight", aux_weight)
    if upsampling not in UPSAMPLINGS:
        raise ValueError(f"`upsampling` must be 'input', 'stride' or None. Received: upsampling={upsampling!r}")


def default_name(head, backbone):
    """Name of a segmenter: of its head, and of its backbone if that is one of the table."""
    return f"{head}_{backbone}" if isinstance(backbone, str) else head
