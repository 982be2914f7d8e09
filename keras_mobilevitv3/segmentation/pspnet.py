from collections.abc import Sequence

from keras_mobilevitv3.array_types import FilePath, Model, Shape
from keras_mobilevitv3.backbones.config import BackboneConfig
from keras_mobilevitv3.backbones.given_backbone import default_name, family_and_initialization, find_backbone
from keras_mobilevitv3.blocks.initialization import kernel_initializer
from keras_mobilevitv3.checks import check_integer, is_integer
from keras_mobilevitv3.segmentation.build_segmenter import build_segmenter, check_segmenter
from keras_mobilevitv3.segmentation.pyramid_heads import pspnet_features
from keras_mobilevitv3.segmentation.segmenter import Segmenter
from keras_mobilevitv3.weights.loading import check_weights, load_weights

HEAD = "pspnet"


def PSPNet(
    backbone: str | BackboneConfig | Model = "mobilevitv3_100",
    classes: int = 21,
    output_stride: int = 16,
    psp_filters: int = 512,
    branch_filters: int | None = None,
    pool_sizes: Sequence[int] = (1, 2, 3, 6),
    aux_head: bool | None = None,
    aux_weight: float = 0.4,
    dropout: float = 0.1,
    upsampling: str | None = "input",
    weights: FilePath | None = None,
    input_shape: Shape = (None, None, 3),
    include_preprocessing: bool = True,
    name: str | None = None,
) -> Segmenter:
    """Builds PSPNet: pyramid pooling on the last feature map of any backbone.

    For arguments that are `None`, the family of the backbone decides, as in `DeepLabV3`. The last feature map must be
    at least as large as the largest of `pool_sizes`. With the default, images need a height and width of at least 81
    pixels at output stride 16, and 41 at 8. If `input_shape` leaves the size open, the model checks the size of each
    batch. A TensorFlow graph with unknown sizes cannot check the size: the graph pools smaller images as PyTorch does.

    Args:
        backbone: See `DeepLabV3`. Defaults to `"mobilevitv3_100"`.
        classes: Integer, number of classes. Defaults to `21`.
        output_stride: See `DeepLabV3`. Defaults to `16`.
        psp_filters: Integer, channels after the pyramid. Defaults to `512`.
        branch_filters: Integer, channels of each level of the pyramid. Defaults to `None`: a quarter of the channels of
            the last feature map, at least 64 in the multi-head family, a multiple of 16 in the separable family.
        pool_sizes: Tuple of integers, number of pooling windows along each axis at each level of the pyramid. Defaults
            to `(1, 2, 3, 6)`.
        aux_head, aux_weight, dropout, upsampling, input_shape, include_preprocessing: See `DeepLabV3`.
        weights: `None` (random), or the path of a checkpoint in any format that `load_checkpoint` reads. There are no
            published weights for PSPNet. Defaults to `None`.
        name: Name of the model. Defaults to `"pspnet_"` and the id of the backbone.

    Returns:
        A `Segmenter`, see `DeepLabV3`.

    Raises:
        ValueError: See `DeepLabV3`. Also if the last feature map is smaller than one of `pool_sizes`.

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
        or not all(is_integer(windows) and windows > 0 for windows in pool_sizes)
    ):
        raise ValueError(f"`pool_sizes` must be a tuple of positive integers. Received: pool_sizes={pool_sizes!r}")
    encoder = find_backbone(backbone, output_stride, input_shape, include_preprocessing)
    family, initialization = family_and_initialization(encoder)
    feature_map = encoder.output["P5"]
    if branch_filters is None:
        branch_filters = family.psp_branch_filters(feature_map.shape[-1])
    features = pspnet_features(
        feature_map, psp_filters, branch_filters, pool_sizes, dropout, kernel_initializer(initialization)
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
