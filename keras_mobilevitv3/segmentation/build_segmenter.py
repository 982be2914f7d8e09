from keras_mobilevitv3.array_types import FilePath, Model, Tensor
from keras_mobilevitv3.backbones.given_backbone import family_and_initialization
from keras_mobilevitv3.blocks.initialization import convolution_initializers, kernel_initializer
from keras_mobilevitv3.checks import check_boolean, check_integer, check_name, check_not_negative, check_rate
from keras_mobilevitv3.datasets import published_dataset
from keras_mobilevitv3.layers import AuxiliaryOutput, Upsampling
from keras_mobilevitv3.segmentation.pixel_classifier import auxiliary_logits, pixel_classifier
from keras_mobilevitv3.segmentation.segmenter import Segmenter

UPSAMPLINGS = ("input", "stride", None)


def build_segmenter(
    backbone: Model,
    features: Tensor,
    classes: int,
    output_stride: int,
    aux_head: bool | None,
    aux_weight: float,
    aux_dropout: float,
    upsampling: str | None,
    name: str,
) -> Segmenter:
    """Adds the pixel classifier, the upsampling and the auxiliary head to a backbone and a segmentation head.

    Args:
        backbone: Model returned by `find_backbone`.
        features: Keras tensor, output of the segmentation head, without the classifier.
        classes: Integer, number of classes.
        output_stride: Integer, pixels of the image per pixel of `features`.
        aux_head: Boolean, whether to add the auxiliary head, or `None` for the default of the family: `True` for the
            separable family, `False` for the multi-head family.
        aux_weight: Float, weight of the auxiliary loss.
        aux_dropout: Float, dropout rate of the auxiliary head.
        upsampling: One of `UPSAMPLINGS`.
        name: String, name of the model.

    Returns:
        A `Segmenter`.
    """
    family, initialization = family_and_initialization(backbone)
    classifier_initializers = convolution_initializers(initialization, features.shape[-1])
    logits = pixel_classifier(features, classes, classifier_initializers)
    logits = upsample(logits, backbone.input, upsampling, output_stride, align_corners=family.align_corners)
    outputs = logits
    if family.aux_head if aux_head is None else aux_head:
        stage = backbone.output["P4"]
        filters = max(stage.shape[-1] // 4, family.aux_minimum_filters)
        auxiliary = auxiliary_logits(
            stage,
            filters,
            classes,
            aux_dropout,
            kernel_initializer(initialization),
            convolution_initializers(initialization, filters),
        )
        output = AuxiliaryOutput(aux_weight, align_corners=family.align_corners, dtype=logits.dtype, name="aux_output")
        outputs = {"logits": logits, "logits_aux": output(auxiliary, logits)}
    return Segmenter(backbone.input, outputs, name=name)


def upsample(logits: Tensor, images: Tensor, upsampling: str | None, output_stride: int, align_corners: bool) -> Tensor:
    """Enlarges low-resolution logits as in the published evaluation.

    Args:
        logits: Float tensor of shape `(batch, height, width, classes)`.
        images: Tensor of images. With `upsampling="input"` the output has their height and width.
        upsampling: One of `UPSAMPLINGS`.
        output_stride: Integer, pixels of the image per pixel of `logits`.
        align_corners: Boolean, whether the resize aligns the corner pixels, as in the separable family.

    Returns:
        Float tensor of logits. With `upsampling=None` the tensor is `logits`.
    """
    if upsampling is None:
        return logits
    arguments = {"align_corners": align_corners, "dtype": logits.dtype, "name": "upsampling"}
    if upsampling == "stride":
        return Upsampling(output_stride, **arguments)(logits)
    return Upsampling(None if align_corners else output_stride, **arguments)(logits, images)


def check_segmenter(
    classes: int,
    weights: FilePath | None,
    head: str,
    dropout: float,
    aux_head: bool | None,
    aux_weight: float,
    upsampling: str | None,
    include_preprocessing: bool,
    name: str | None,
) -> None:
    """Raises `ValueError` unless the arguments that `DeepLabV3` and `PSPNet` share are valid."""
    check_integer("classes", classes)
    check_boolean("aux_head", aux_head, optional=True)
    check_boolean("include_preprocessing", include_preprocessing)
    check_name("name", name)
    dataset = published_dataset(weights, head)
    if dataset is not None and classes != dataset.classes:
        raise ValueError(f"`classes` must be {dataset.classes} with `weights={weights!r}`. Received: classes={classes}")
    check_rate("dropout", dropout)
    check_not_negative("aux_weight", aux_weight)
    if upsampling not in UPSAMPLINGS:
        raise ValueError(f"`upsampling` must be 'input', 'stride' or None. Received: upsampling={upsampling!r}")
