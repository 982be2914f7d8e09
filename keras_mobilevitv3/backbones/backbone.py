import keras

from keras_mobilevitv3.array_types import FilePath, Model, Shape, Tensor
from keras_mobilevitv3.backbones.config import BackboneConfig
from keras_mobilevitv3.backbones.variants import find_config
from keras_mobilevitv3.blocks import InvertedResidual, MobileViTBlock
from keras_mobilevitv3.blocks.initialization import convolution_initializers
from keras_mobilevitv3.checks import check_boolean, check_name, is_integer
from keras_mobilevitv3.layers import ConvNormAct
from keras_mobilevitv3.weights.loading import check_weights, load_weights

MIN_IMAGE_SIZE = 32
OUTPUT_STRIDES = (32, 16, 8)


def build_backbone(
    variant: str | BackboneConfig,
    input_shape: Shape = (None, None, 3),
    output_stride: int = 32,
    include_preprocessing: bool = True,
    weights: FilePath | None = None,
    input_tensor: Tensor | None = None,
    name: str | None = None,
    dtype: str | keras.DTypePolicy | None = None,
) -> Model:
    """Builds the feature extractor of a network.

    Args:
        variant: Id in the table (see `list_variants`), or a custom `BackboneConfig`.
        input_shape: Tuple `(height, width, channels)`; height and width are at least 32, or `None` for any size.
            Defaults to `(None, None, 3)`.
        output_stride: 32, 16 or 8, pixels of the image per pixel of `"P5"`. Below 32, the last stages use dilation
            instead of strides, in the same layers as the published networks of the family. Defaults to `32`.
        include_preprocessing: Boolean, whether the model scales pixel values from 0-255 to 0-1. With `False`, the model
            takes values from 0 to 1. Defaults to `True`.
        weights: `None` (random), `"imagenet"`, or the path of a checkpoint (see `load_checkpoint`). The classifier in
            a checkpoint is not loaded. Defaults to `None`.
        input_tensor: Keras tensor to use as the images, instead of a new input of `input_shape`. Defaults to `None`.
        name: Name of the model. Defaults to `None`: the id followed by `_backbone`, or `"backbone"` for a custom
            `BackboneConfig`.
        dtype: Dtype or dtype policy of the layers. Defaults to `None`: the global policy.

    Returns:
        A functional `keras.Model` from RGB images of shape `(batch, height, width, channels)` to a dict
        `{"P1": ..., "P5": ...}` of the outputs of the five stages. The stride of `"Pi"` is `2 ** i`, or `output_stride`
        if `output_stride` is smaller. Sizes are rounded up; the separable family rounds `"P3"` to `"P5"` up to even
        sizes.

    Raises:
        ValueError: If an argument is invalid, or `keras.config.image_data_format()` is not `"channels_last"`.

    Reference:
        [Wadekar and Chaurasia, 2022](https://arxiv.org/abs/2209.15159); dilation:
        [Chen et al., 2017](https://arxiv.org/abs/1706.05587)
    """
    config = find_config(variant)
    check_weights(weights, variant)
    _check_data_format()
    check_boolean("include_preprocessing", include_preprocessing)
    check_name("name", name)
    if not is_integer(output_stride) or output_stride not in OUTPUT_STRIDES:
        raise ValueError(f"`output_stride` must be 32, 16 or 8. Received: output_stride={output_stride!r}")
    images = _image_input(input_shape, input_tensor)
    features = images
    if include_preprocessing:
        features = keras.layers.Rescaling(1 / 255.0, dtype=dtype, name=_free_name("rescaling", images))(features)
    endpoints = _stages(features, config, output_stride, dtype)
    if name is None:
        name = "backbone" if isinstance(variant, BackboneConfig) else f"{variant}_backbone"
    model = keras.Model(_source_inputs(images), endpoints, name=name)
    load_weights(model, weights, variant)
    return model


def _source_inputs(images):
    """Returns the inputs that `images` are computed from, without a list if there is only one."""
    inputs = keras.utils.get_source_inputs(images)
    return inputs[0] if len(inputs) == 1 else inputs  # `Model` keeps the structure of its inputs


def _free_name(name, images):
    """Returns `name`, with a suffix if a layer that computes `images` already has this name."""
    taken = {operation.name for operation in keras.Function(_source_inputs(images), images).operations}
    while name in taken:
        name += "_to_unit"
    return name


def _stages(images, config, output_stride, dtype):
    """Applies the stem and the five stages. Returns the outputs of the stages as `{"P1": ..., "P5": ...}`."""
    features = ConvNormAct(
        config.stem_filters,
        strides=2,
        **convolution_initializers(config.initialization, 9 * images.shape[-1]),
        dtype=dtype,
        name="stem",
    )(images)
    endpoints = {}
    for stage, blocks in enumerate(config.num_blocks, start=1):
        for block in range(blocks):
            strides = 2 if stage == 2 and block == 0 else 1
            features = _inverted_residual(config, stage, block, strides, dtype=dtype)(features)
        endpoints[f"P{stage}"] = features
    dilation_rate = 1
    for stage in (3, 4, 5):
        dilated = 2**stage > output_stride
        residual = _inverted_residual(config, stage, 0, 1 if dilated else 2, dilation_rate, dtype)
        dilation_rate *= 2 if dilated else 1
        features = _mobilevit_block(config, stage, dilation_rate, dtype)(residual(features))
        endpoints[f"P{stage}"] = features
    return endpoints


def _inverted_residual(config, stage, block, strides, dilation_rate=1, dtype=None):
    return InvertedResidual(
        config.filters[stage - 1],
        strides=strides,
        dilation_rate=dilation_rate,
        expand_ratio=config.expand_ratio,
        initialization=config.initialization,
        dtype=dtype,
        name=f"stage{stage}_block{block}",
    )


def _mobilevit_block(config, stage, dilation_rate, dtype):
    index = stage - 3
    return MobileViTBlock(
        config.filters[stage - 1],
        config.attention_dims[index],
        config.ffn_dims[index],
        config.attention_depths[index],
        config.attention,
        num_heads=config.num_heads,
        # The published multi-head networks have no dilation inside their blocks.
        dilation_rate=dilation_rate if config.family.dilates_blocks else 1,
        fusion_kernel_size=config.fusion_kernel_size,
        fusion_input=config.fusion_input,
        input_residual=config.input_residual,
        depthwise_local=config.depthwise_local,
        dropout=config.dropout,
        attention_dropout=config.attention_dropout,
        ffn_dropout=config.ffn_dropout,
        initialization=config.initialization,
        dtype=dtype,
        name=f"stage{stage}_block1",
    )


def _image_input(input_shape, input_tensor):
    if input_tensor is None:
        _check_input_shape(input_shape)
        return keras.Input(tuple(input_shape), name="images")
    if not keras.utils.is_keras_tensor(input_tensor):
        raise ValueError(f"`input_tensor` must be a Keras tensor. Received: input_tensor={input_tensor!r}")
    _check_input_shape(input_tensor.shape[1:], name="input_tensor")
    return input_tensor


def _check_input_shape(input_shape, name="input_shape"):
    shape = tuple(input_shape) if isinstance(input_shape, tuple | list) else input_shape
    fits = isinstance(shape, tuple) and len(shape) == 3 and is_integer(shape[2]) and shape[2] > 0
    if not fits or not all(side is None or (is_integer(side) and side >= MIN_IMAGE_SIZE) for side in shape[:2]):
        raise ValueError(
            f"`{name}` must be of shape `(height, width, channels)`, height and width at least {MIN_IMAGE_SIZE} or "
            f"None. Received: shape {shape!r}"
        )


def _check_data_format():
    if keras.config.image_data_format() != "channels_last":
        raise ValueError(
            "These networks are channels last only. Call `keras.config.set_image_data_format('channels_last')`, or set "
            "`image_data_format` in keras.json, and pass images of shape (batch, height, width, channels). Received: "
            f"image_data_format={keras.config.image_data_format()}"
        )
