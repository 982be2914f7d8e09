from keras_mobilevitv3.backbones.given_backbone import default_name, family_and_initialization, find_backbone
from keras_mobilevitv3.blocks.initialization import kernel_initializer
from keras_mobilevitv3.checks import check_integer, is_integer
from keras_mobilevitv3.segmentation.build_segmenter import build_segmenter, check_segmenter
from keras_mobilevitv3.segmentation.pyramid_heads import deeplabv3_features
from keras_mobilevitv3.weights import check_weights, load_weights

HEAD = "deeplabv3"
ATROUS_RATES = {32: (3, 6, 9), 16: (6, 12, 18), 8: (12, 24, 36)}


def DeepLabV3(
    backbone="mobilevitv3_s",
    classes=21,
    output_stride=16,
    aspp_filters=None,
    atrous_rates=None,
    aux_head=None,
    aux_weight=0.4,
    dropout=0.1,
    upsampling="input",
    weights=None,
    input_shape=(None, None, 3),
    include_preprocessing=True,
    name=None,
):
    """DeepLabv3 on any backbone of the table: atrous spatial pyramid pooling on the last feature map.

    Arguments left at `None` follow the family of the backbone, as in the published networks: the multi-head family
    (`mobilevitv3_s`, ...) or the separable one (`mobilevitv3_100`, ...). So do the kinds of dropout, the initial
    weights, and the resizing: from corner to corner in the separable family, between pixel edges in the other one.

    Args:
        backbone: Id of the table (see `list_variants`), a `BackboneConfig`, or a model of `build_backbone`, whose
            layers and weights become part of the segmenter: with `weights="imagenet"` there, training starts from
            ImageNet. Defaults to `"mobilevitv3_s"`.
        classes: Integer, number of classes. Defaults to `21`.
        output_stride: 32, 16 or 8, pixels of the image per pixel of the last feature map; for a given model, its own.
            Defaults to `16`.
        aspp_filters: Integer, channels of the pyramid. Defaults to `None`: 256, or 512 in the separable family.
        atrous_rates: Three integers, dilation rates of the pyramid. Defaults to `None`: `(6, 12, 18)` at output stride
            16, twice that at 8, half of it at 32.
        aux_head: Boolean, whether a second head on `"P4"` is trained beside the main one (see `Segmenter`). Defaults to
            `None`: in the separable family.
        aux_weight: Float, weight of the loss of that head. Defaults to `0.4`.
        dropout: Float in [0, 1), rate of every dropout layer of the heads. Defaults to `0.1`.
        upsampling: Size of the logits: `"input"` (that of the image), `"stride"` (the feature map's times the output
            stride, what the official networks return) or `None` (that of the feature map). Defaults to `"input"`: in
            the separable family enlarged to it at once, in the multi-head family by the output stride and then, if
            that is not the size of the image, cut to it by nearest neighbour, as in the published evaluations.
        weights: `None` (random), `"pascal_voc"` or `"ade20k"` (downloaded on first use), or the path of a checkpoint in
            any format of `load_checkpoint`. Defaults to `None`.
        input_shape: Tuple `(height, width, channels)`, height and width at least 32, or `None` for any size; ignored
            for a given model. Defaults to `(None, None, 3)`.
        include_preprocessing: Boolean, whether the model scales pixel values 0-255 to 0-1 itself; with `False` it takes
            0-1; ignored for a given model. Defaults to `True`.
        name: Name of the model. Defaults to `"deeplabv3_"` and the id.

    Returns:
        A `Segmenter`, a functional `keras.Model` from RGB images `(batch, height, width, channels)` to float32 logits
        `(batch, height, width, classes)`.

    Raises:
        ValueError: If an argument is not as stated, published weights are of another number of classes or do not exist
            for the backbone, or a checkpoint does not fit.

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
