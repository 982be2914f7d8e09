from keras_mobilevitv3.backbones.given_backbone import default_name, family_and_initialization, find_backbone
from keras_mobilevitv3.blocks.initialization import kernel_initializer
from keras_mobilevitv3.checks import check_integer, is_integer
from keras_mobilevitv3.segmentation.build_segmenter import build_segmenter, check_segmenter
from keras_mobilevitv3.segmentation.pyramid_heads import pspnet_features
from keras_mobilevitv3.weights import check_weights, load_weights

HEAD = "pspnet"


def PSPNet(
    backbone="mobilevitv3_100",
    classes=21,
    output_stride=16,
    psp_filters=512,
    branch_filters=None,
    pool_sizes=(1, 2, 3, 6),
    aux_head=None,
    aux_weight=0.4,
    dropout=0.1,
    upsampling="input",
    weights=None,
    input_shape=(None, None, 3),
    include_preprocessing=True,
    name=None,
):
    """PSPNet on any backbone of the table: pyramid pooling on the last feature map.

    Arguments left at `None` follow the family of the backbone, as in `DeepLabV3`. Images must be large enough for the
    last feature map not to be smaller than the largest of `pool_sizes`: 81 pixels at output stride 16, 41 at 8. An
    unknown size is checked when images come in; in a TensorFlow graph that does not know it either, smaller images
    pass, and are pooled as PyTorch does.

    Args:
        backbone: As in `DeepLabV3`. Defaults to `"mobilevitv3_100"`.
        classes: Integer, number of classes. Defaults to `21`.
        output_stride: As in `DeepLabV3`. Defaults to `16`.
        psp_filters: Integer, channels after the pyramid. Defaults to `512`.
        branch_filters: Integer, channels of each level of the pyramid. Defaults to `None`: a quarter of those of the
            last feature map, at least 64, or in the separable family a multiple of 16.
        pool_sizes: Tuple of integers, windows along each axis at each level of the pyramid. Defaults to
            `(1, 2, 3, 6)`.
        aux_head, aux_weight, dropout, upsampling, input_shape, include_preprocessing: As in `DeepLabV3`.
        weights: `None` (random), or the path of a checkpoint in any format of `load_checkpoint`. No weights are
            published for this head. Defaults to `None`.
        name: Name of the model. Defaults to `"pspnet_"` and the id.

    Returns:
        As `DeepLabV3`.

    Raises:
        ValueError: As `DeepLabV3`, or if the last feature map is smaller than one of `pool_sizes`.

    Reference:
        [Zhao et al., 2017](https://arxiv.org/abs/1612.01105)
    """
    check_segmenter(classes, weights, HEAD, dropout, aux_head, aux_weight, upsampling, include_preprocessing, name)
    check_weights(weights, backbone, HEAD)
    check_integer("psp_filters", psp_filters)
    check_integer("branch_filters", branch_filters, optional=True)
    if (
        not isinstance(pool_sizes, tuple | list)
        or not pool_sizes
        or not all(is_integer(s) and s > 0 for s in pool_sizes)
    ):
        raise ValueError(f"`pool_sizes` must be a tuple of positive integers. Received: pool_sizes={pool_sizes!r}")
    encoder = find_backbone(backbone, output_stride, input_shape, include_preprocessing)
    family, initialization = family_and_initialization(encoder)
    stage = encoder.output["P5"]
    if branch_filters is None:
        branch_filters = family.psp_branch_filters(stage.shape[-1])
    features = pspnet_features(
        stage, psp_filters, branch_filters, pool_sizes, dropout, kernel_initializer(initialization)
    )
    model = build_segmenter(
        encoder,
        features,
        classes=classes,
        output_stride=output_stride,
        aux_head=aux_head,
        aux_weight=aux_weight,
        aux_dropout=dropout,
        upsampling=upsampling,
        name=name or default_name(HEAD, backbone),
    )
    load_weights(model, weights, backbone, HEAD)
    return model
