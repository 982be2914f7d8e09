import keras
import numpy as np
import pytest

from keras_mobilevitv3.blocks import MobileViTBlock
from tests import numpy_reference
from tests.blocks.test_inverted_residual import conv_norm_act
from tests.blocks.test_transformer_encoder import encoder
from tests.check_layer import check_in_model, check_layer, fill_weights
from tests.reference_arrays import uniform
from tests.thinned import thinned

BASE = {
    "filters": 8,
    "dim": 12,
    "ffn_dim": 16,
    "depth": 2,
    "attention": "multi_head",
    "num_heads": 3,
    "dilation_rate": 2,
    "fusion_kernel_size": 3,
    "fusion_input": "input",
    "input_residual": False,
    "depthwise_local": False,
    "dropout": 0.1,
    "attention_dropout": 0.2,
    "ffn_dropout": 0.3,
    "activation": "relu",
    "initialization": "pytorch_uniform",
}
# Each switch once away from MobileViTv3's side, which is its default, and all together.
SWITCHES = {
    "v3": {"fusion_kernel_size": 1, "fusion_input": "local", "input_residual": True, "depthwise_local": True},
    "v2": {"fusion_kernel_size": 1, "fusion_input": None, "input_residual": False, "depthwise_local": True},
    "v1": {},
    "residual_alone": {"input_residual": True},
    "no_dropout": {"dropout": 0.0, "attention_dropout": 0.0, "ffn_dropout": 0.0},
}
FAMILIES = pytest.mark.parametrize("attention", ["multi_head", "separable"])
SIZES = {"even": (6, 10), "odd": (5, 7)}
BLOCKS = [
    ("multi_head", "v3"),
    ("multi_head", "v2"),
    ("multi_head", "no_dropout"),
    ("separable", "v3"),
    ("separable", "v1"),
    ("separable", "residual_alone"),
]


@pytest.mark.parametrize(
    ("attention", "switches"),
    thinned(
        BLOCKS,
        BLOCKS,
        jax=[("multi_head", "v3"), ("separable", "v1")],
        tensorflow=[("multi_head", "v2"), ("separable", "v3")],
    ),
)
def test_layer(attention, switches):
    arguments = {**BASE, "attention": attention, **SWITCHES[switches]}
    unfused = attention == "multi_head" and arguments["fusion_input"] is None
    norms = 1 + (attention == "multi_head") + (not unfused)  # local, projection, fusion
    size = (5, 8) if attention == "multi_head" else (6, 8)
    check_layer(
        MobileViTBlock,
        arguments,
        input_shape=(2, 5, 8, 8),
        output_shape=(2, *size, 8),
        trainable=3 * norms + 1 + 12 * 2 + 2,
        non_trainable=2 * norms,
        other_shape=(1, 6, 3, 8),
        changes_in_training=True,
        at_default=SWITCHES[switches],
    )


@pytest.mark.parametrize(("attention", "switches"), [("multi_head", "v3"), ("separable", "v2")])
def test_in_model(attention, switches, tmp_path):
    arguments = {**BASE, "depth": 1, "attention": attention, **SWITCHES[switches]}
    # The next batch norm takes away what the last shift adds everywhere.
    check_in_model(MobileViTBlock, arguments, (2, 5, 7, 8), tmp_path, rounding_gradient=("layer/norm/beta",))


def filled_block(attention, **switches):
    layer = MobileViTBlock(8, 12, 16, 1, attention, num_heads=3, **switches, name="layer")
    layer.build((2, 6, 10, 8))
    fill_weights(layer)
    return layer


@FAMILIES
@pytest.mark.parametrize(
    ("fusion_input", "fusion_kernel_size", "input_residual", "depthwise_local", "dilation_rate", "size"),
    [
        ("local", 1, True, True, 1, "odd"),
        ("local", 1, False, False, 1, "even"),
        ("local", 3, True, False, 2, "odd"),
        ("input", 1, True, False, 1, "odd"),
        ("input", 3, False, True, 1, "even"),
        (None, 1, True, False, 1, "even"),
        (None, 1, False, True, 2, "odd"),
    ],
)
def test_equals_numpy(
    attention, fusion_input, fusion_kernel_size, input_residual, depthwise_local, dilation_rate, size
):
    """Each value of each switch, with each value of each other one."""
    layer = filled_block(
        attention,
        fusion_input=fusion_input,
        fusion_kernel_size=fusion_kernel_size,
        input_residual=input_residual,
        depthwise_local=depthwise_local,
        dilation_rate=dilation_rate,
    )
    inputs = uniform("block/inputs", (2, *SIZES[size], 8), -1, 1)
    twin = multi_head_block if attention == "multi_head" else separable_block
    expected = twin(layer, inputs)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(inputs)), expected, rtol=0, atol=2e-5)


@FAMILIES
def test_attention_scores(attention):
    """One tensor for each transformer layer, of maps of even size, in a functional model too; outputs as without."""
    layer = MobileViTBlock(8, 12, 16, 2, attention, num_heads=3, name="layer")
    layer.build((2, 5, 8, 8))
    fill_weights(layer)
    inputs = uniform("block/inputs", (2, 5, 8, 8), -1, 1)
    images = keras.Input((5, 8, 8))
    model = keras.Model(images, layer(images, return_attention_scores=True))
    outputs, scores = model(inputs)
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(outputs), keras.ops.convert_to_numpy(layer(inputs)), atol=1e-5
    )
    first, second = (keras.ops.convert_to_numpy(each) for each in scores)
    assert first.shape == second.shape == ((2, 6, 8) if attention == "separable" else (8, 3, 12, 12))
    assert not np.allclose(first, second)
    sums = first.sum((1, 2)) / 4 if attention == "separable" else first.sum(-1)
    np.testing.assert_allclose(sums, 1.0, rtol=1e-5)


def local_features(layer, x):
    features = conv_norm_act(x, layer.local_conv, layer.depthwise_local, True, dilation_rate=layer.dilation_rate)
    return features @ layer.local_project.get_weights()[0][0, 0]


def multi_head_block(layer, x):
    """Enlarged around the transformer alone; (local, global); activation after the fusion."""
    local = local_features(layer, x)
    height, width = x.shape[1] + x.shape[1] % 2, x.shape[2] + x.shape[2] % 2
    patches = numpy_reference.unfold(numpy_reference.bilinear_resize(local, height, width, align_corners=False))
    tokens = encoder(layer.encoders[0], patches.reshape(-1, *patches.shape[2:]))
    tokens = numpy_reference.layer_norm(tokens, *layer.norm.get_weights())
    out = numpy_reference.fold(tokens.reshape(patches.shape), height, width)
    out = numpy_reference.bilinear_resize(out, x.shape[1], x.shape[2], align_corners=False)
    out = conv_norm_act(out, layer.projection, depthwise=False, activation=True)
    if layer.fusion_input is not None:
        first = local if layer.fusion_input == "local" else x
        out = conv_norm_act(np.concatenate([first, out], axis=-1), layer.fusion, depthwise=False, activation=True)
    return out + x if layer.input_residual else out


def separable_block(layer, x):
    """Enlarged at the entrance; (global, local); no activation after the fusion."""
    height, width = x.shape[1] + x.shape[1] % 2, x.shape[2] + x.shape[2] % 2
    x = numpy_reference.bilinear_resize(x, height, width, align_corners=True)
    local = local_features(layer, x)
    out = numpy_reference.group_norm(encoder(layer.encoders[0], local), *layer.norm.get_weights())
    if layer.fusion_input is not None:
        out = np.concatenate([out, local if layer.fusion_input == "local" else x], axis=-1)
    out = conv_norm_act(out, layer.fusion, depthwise=False, activation=False)
    return out + x if layer.input_residual else out


@FAMILIES
def test_symbolic_size_equals_real_size(attention):
    layer = filled_block(attention)
    for size in ((6, 10), (5, 7), (5, 10), (1, 2)):
        symbolic = layer(keras.KerasTensor((2, *size, 8))).shape
        assert layer(np.zeros((2, *size, 8), "float32")).shape == symbolic == layer.compute_output_shape((2, *size, 8))


@pytest.mark.once
def test_depth_of_zero_leaves_the_norm():
    layer = MobileViTBlock(8, 12, 16, 0, "separable")
    layer.build((1, 6, 10, 8))
    assert len(layer.encoders) == 0 and len(layer.norm.weights) == 2


@pytest.mark.once
@FAMILIES
def test_multiply_adds(attention):
    layer = MobileViTBlock(8, 12, 16, 2, attention, num_heads=3)
    local = 70 * 8 * 9 + 70 * 8 * 12
    if attention == "multi_head":  # 7x10 map, 8x10 in the transformer: 4 sequences of 20
        expected = local + 70 * 12 * 8 + 70 * (8 + 12) * 8
        encoders = 2 * layer.encoders[0].multiply_adds((4, 20, 12), published=False)
    else:  # 8x10 throughout
        expected = local * 8 // 7 + 80 * (12 + 12) * 8
        encoders = 2 * layer.encoders[0].multiply_adds((1, 8, 10, 12), published=False)
    assert layer.multiply_adds((1, 7, 10, 8), published=False) == expected + encoders


@pytest.mark.once
def test_bad_input_channels():
    with pytest.raises(ValueError, match=r"as many channels as the output, `filters=8`. .*shape \(1, 6, 10, 9\)"):
        MobileViTBlock(8, 12, 16, 1, "separable").build((1, 6, 10, 9))


@pytest.mark.once
def test_bad_fusion_input():
    with pytest.raises(ValueError, match="`fusion_input` must be one of .*Received: fusion_input='global'"):
        MobileViTBlock(8, 12, 16, 1, "separable", fusion_input="global")


@pytest.mark.once
def test_bad_attention():
    with pytest.raises(ValueError, match="`attention` must be one of .*Received: attention='linear'"):
        MobileViTBlock(8, 12, 16, 1, "linear")
