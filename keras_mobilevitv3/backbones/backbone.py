import keras

from keras_mobilevitv3.backbones.config import BackboneConfig
from keras_mobilevitv3.backbones.variants import find_config
from keras_mobilevitv3.blocks import InvertedResidual, MobileViTBlock
from keras_mobilevitv3.blocks.initialization import convolution_initializers
from keras_mobilevitv3.checks import check_boolean, check_name, is_integer
from keras_mobilevitv3.layers import ConvNormAct
from keras_mobilevitv3.weights import check_weights, load_weights

MIN_SIZE = 32
OUTPUT_STRIDES = (32, 16, 8)


def build_backbone(
    variant,
    input_shape=(None, None, 3),
    output_stride=32,
    include_preprocessing=True,
    weights=None,
    input_tensor=None,
    name=None,
    dtype=None,
):
    """Builds the feature extractor of a network.

    Args:
        variant: Id of the table (see `list_variants`), or a `BackboneConfig` of your own.
        input_shape: Tuple `(height, width, channels)`; height and width at least 32, or `None` for any size. Defaults
            to `(None, None, 3)`.
        output_stride: 32, 16 or 8: pixels of the image per pixel of `"P5"`. Below 32 the last stages lose their stride
            and are dilated as the family does it. Defaults to `32`.
        include_preprocessing: Boolean, whether the model scales pixel values 0-255 to 0-1 itself. With `False` it takes
            0-1. Defaults to `True`.
        weights: `None` (random), `"imagenet"`, or the path of a checkpoint (see `load_checkpoint`); the classifier in
            it is left out. Defaults to `None`.
        input_tensor: Keras tensor to build on, instead of a new input of `input_shape`. Defaults to `None`.
        name: Name of the model. Defaults to the id with `_backbone` behind it.
        dtype: Dtype or dtype policy of the layers. Defaults to `None`, the global policy.

    Returns:
        A functional `keras.Model` from RGB images `(batch, height, width, channels)` to a dict `{"P1": ..., "P5": ...}`
        of the outputs of the five stages, `"Pi"` at stride `2 ** i`, or at `output_stride` if that is less. A map is
        `ceil` of the exact size; in the separable family `"P3"` to `"P5"` are rounded up to even.

    Raises:
        ValueError: If an argument is not as stated, or `keras.config.image_data_format()` is not `"channels_last"`.

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
    images = _images(input_shape, input_tensor)
    features = images
    if include_preprocessing:
        features = keras.layers.Rescaling(1 / 255.0, dtype=dtype, name=_free_name("rescaling", images))(features)
    endpoints = _stages(features, config, output_stride, dtype)
    if name is None:
        name = "backbone" if isinstance(variant, BackboneConfig) else f"{variant}_backbone"
    model = keras.Model(_source(images), endpoints, name=name)
    load_weights(model, weights, variant)
    return model


def _source(images):
    """Input from which `images` are computed, in no list if it is one: `Model` keeps the structure that it is given."""
    inputs = keras.utils.get_source_inputs(images)
    return inputs[0] if len(inputs) == 1 else inputs


def _free_name(name, images):
    """The name, or another one if a layer that computes `images` has it."""
    taken = {operation.name for operation in keras.Function(_source(images), images).operations}
    while name in taken:
        name += "_to_unit"
    return name


def _stages(images, config, output_stride, dtype):
    """Outputs `{"P1": ..., "P5": ...}` of the stem and the five stages."""
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
        # The published multi-head networks were trained without the dilation inside their blocks.
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


def _images(input_shape, input_tensor):
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
    if not fits or not all(side is None or (is_integer(side) and side >= MIN_SIZE) for side in shape[:2]):
        raise ValueError(
            f"`{name}` must be of shape `(height, width, channels)`, height and width at least {MIN_SIZE} or None. "
            f"Received: shape {shape!r}"
        )


def _check_data_format():
    if keras.config.image_data_format() != "channels_last":
        raise ValueError(
            "These networks are channels last only. Call `keras.config.set_image_data_format('channels_last')`, or set "
            "`image_data_format` in keras.json, and pass images of shape (batch, height, width, channels). Received: "
            f"image_data_format={keras.config.image_data_format()}"
        )
