from collections.abc import Sequence

from keras_mobilevitv3.array_types import FilePath, Model, Shape
from keras_mobilevitv3.backbones.config import BackboneConfig
from keras_mobilevitv3.backbones.given_backbone import default_name, family_and_initialization, find_backbone
from keras_mobilevitv3.blocks.initialization import kernel_initializer
from keras_mobilevitv3.checks import check_integer, is_integer
from keras_mobilevitv3.segmentation.build_segmenter import build_segmenter, check_segmenter
from keras_mobilevitv3.segmentation.pyramid_heads import deeplabv3_features
from keras_mobilevitv3.segmentation.segmenter import Segmenter
from keras_mobilevitv3.weights.loading import check_weights, load_weights

HEAD = "deeplabv3"
ATROUS_RATES = {32: (3, 6, 9), 16: (6, 12, 18), 8: (12, 24, 36)}  # by output stride


def DeepLabV3(
    backbone: str | BackboneConfig | Model = "mobilevitv3_s",
    classes: int = 21,
    output_stride: int = 16,
    aspp_filters: int | None = None,
    atrous_rates: Sequence[int] | None = None,
    aux_head: bool | None = None,
    aux_weight: float = 0.4,
    dropout: float = 0.1,
    upsampling: str | None = "input",
    weights: FilePath | None = None,
    input_shape: Shape = (None, None, 3),
    include_preprocessing: bool = True,
    name: str | None = None,
) -> Segmenter:
    """Builds DeepLabv3: atrous spatial pyramid pooling on the last feature map of any backbone.

    For arguments that are `None`, the family of the backbone decides, as in the published networks: the multi-head
    family (`mobilevitv3_s`, ...) or the separable family (`mobilevitv3_100`, ...). The family also decides the kinds of
    dropout, the initial weights, and the bilinear resize: the separable family aligns the centers of the corner pixels,
    the multi-head family aligns the edges of the image.

    Args:
        backbone: Id of a network (see `list_variants`), a `BackboneConfig`, or a model returned by `build_backbone`.
            The layers and weights of a model become part of the segmenter: to start training from ImageNet weights,
            pass a backbone built with `weights="imagenet"`. Defaults to `"mobilevitv3_s"`.
        classes: Integer, number of classes. Defaults to `21`.
        output_stride: 32, 16 or 8, pixels of the image per pixel of the last feature map. If `backbone` is a model,
            `output_stride` must be the output stride of the model. Defaults to `16`.
        aspp_filters: Integer, channels of the pyramid. Defaults to `None`: 256, or 512 in the separable family.
        atrous_rates: Three integers, dilation rates of the pyramid. Defaults to `None`: `(6, 12, 18)` at output stride
            16, `(12, 24, 36)` at 8, `(3, 6, 9)` at 32.
        aux_head: Boolean, whether to train an auxiliary head on `"P4"` (see `Segmenter`). Defaults to `None`: `True`
            for the separable family, `False` for the multi-head family.
        aux_weight: Float, weight of the loss of the auxiliary head. Defaults to `0.4`.
        dropout: Float in [0, 1), rate of every dropout layer of the heads. Defaults to `0.1`.
        upsampling: Size of the logits. Defaults to `"input"`.
            `"input"`: logits at image size. Separable family: one bilinear resize. Multi-head family: bilinear by the
            output stride, then nearest neighbor if the size still differs, as in the published evaluations.
            `"stride"`: logits at the size of the feature map times the output stride, as in the official networks.
            `None`: logits at the size of the feature map.
        weights: `None` (random), `"pascal_voc"` or `"ade20k"` (downloaded on first use), or the path of a checkpoint in
            any format that `load_checkpoint` reads. Defaults to `None`.
        input_shape: Tuple `(height, width, channels)`. Height and width are at least 32, or `None` for any size.
            Ignored if `backbone` is a model. Defaults to `(None, None, 3)`.
        include_preprocessing: Boolean, whether the model scales pixel values from 0-255 to 0-1. With `False` the model
            expects values from 0 to 1. Ignored if `backbone` is a model. Defaults to `True`.
        name: Name of the model. Defaults to `"deeplabv3_"` and the id of the backbone.

    Returns:
        A `Segmenter`, a functional `keras.Model` that maps RGB images of shape `(batch, height, width, channels)` to
        float32 logits of shape `(batch, height, width, classes)`.

    Raises:
        ValueError: If an argument is not as stated, if published weights have another number of classes or do not exist
            for the backbone, or if a checkpoint does not fit the network.

    Reference:
        [Chen et al., 2017](https://arxiv.org/abs/1706.05587);
        [Wadekar and Chaurasia, 2022](https://arxiv.org/abs/2209.15159), table 3
    """
    check_segmenter(classes, weights, HEAD, dropout, aux_head, aux_weight, upsampling, include_preprocessing, name)
    check_weights(weights, backbone, HEAD)
    rates = atrous_rates if isinstance(atrous_rates, tuple | list) else ()
    if atrous_rates is not None and (len(rates) != 3 or not all(is_integer(rate) and rate > 0 for rate in rates)):
        raise ValueError(f"`atrous_rates` must be three integers. Received: atrous_rates={atrous_rates!r}")
    check_integer("aspp_filters", aspp_filters, optional=True)
    encoder = find_backbone(backbone, output_stride, input_shape, include_preprocessing)
    family, initialization = family_and_initialization(encoder)
    features = deeplabv3_features(
        encoder.output["P5"],
        family.aspp_filters if aspp_filters is None else aspp_filters,
        ATROUS_RATES[output_stride] if atrous_rates is None else tuple(atrous_rates),
        dropout,
        drop_values=family.aspp_drops_values,
        kernel_initializer=kernel_initializer(initialization),
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
