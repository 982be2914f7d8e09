from dataclasses import replace

import keras
import numpy as np
import pytest

from keras_mobilevitv3 import BackboneConfig, build_backbone
from tests.check_layer import fill_weights
from tests.check_model import assert_close, check_model, forward
from tests.reference_arrays import uniform

OWN = {
    "multi_head": BackboneConfig(
        stem_filters=4,
        filters=(4, 6, 8, 10, 10),
        num_blocks=(1, 2),
        attention="multi_head",
        attention_dims=(8, 12, 16),
        attention_depths=(1, 2, 1),
        expand_ratio=2,
        num_heads=2,
    ),
}
OWN["separable"] = replace(OWN["multi_head"], attention="separable", initialization="pytorch_uniform")
ON_TORCH = keras.backend.backend() == "torch"
FAMILIES = pytest.mark.parametrize("attention", OWN)

# The sizes of the maps P1 to P5.
MAPS = {
    ("multi_head", 32, (256, 256)): [(128, 128), (64, 64), (32, 32), (16, 16), (8, 8)],
    ("multi_head", 16, (256, 256)): [(128, 128), (64, 64), (32, 32), (16, 16), (16, 16)],
    ("multi_head", 8, (256, 256)): [(128, 128), (64, 64), (32, 32), (32, 32), (32, 32)],
    ("separable", 32, (256, 256)): [(128, 128), (64, 64), (32, 32), (16, 16), (8, 8)],
    ("separable", 16, (256, 256)): [(128, 128), (64, 64), (32, 32), (16, 16), (16, 16)],
    ("separable", 8, (256, 256)): [(128, 128), (64, 64), (32, 32), (32, 32), (32, 32)],
    ("multi_head", 32, (200, 232)): [(100, 116), (50, 58), (25, 29), (13, 15), (7, 8)],
    ("multi_head", 16, (200, 232)): [(100, 116), (50, 58), (25, 29), (13, 15), (13, 15)],
    ("multi_head", 8, (200, 232)): [(100, 116), (50, 58), (25, 29), (25, 29), (25, 29)],
    ("separable", 32, (200, 232)): [(100, 116), (50, 58), (26, 30), (14, 16), (8, 8)],
    ("separable", 16, (200, 232)): [(100, 116), (50, 58), (26, 30), (14, 16), (14, 16)],
    ("separable", 8, (200, 232)): [(100, 116), (50, 58), (26, 30), (26, 30), (26, 30)],
    ("multi_head", 32, (33, 47)): [(17, 24), (9, 12), (5, 6), (3, 3), (2, 2)],
    ("separable", 32, (33, 47)): [(17, 24), (9, 12), (6, 6), (4, 4), (2, 2)],
    ("multi_head", 32, (32, 32)): [(16, 16), (8, 8), (4, 4), (2, 2), (1, 1)],
    ("separable", 32, (32, 32)): [(16, 16), (8, 8), (4, 4), (2, 2), (2, 2)],
    ("multi_head", 32, (64, 160)): [(32, 80), (16, 40), (8, 20), (4, 10), (2, 5)],
    ("separable", 32, (64, 160)): [(32, 80), (16, 40), (8, 20), (4, 10), (2, 6)],
}
# Stride and dilation of the inverted residual, dilation of the block, for stages 3, 4, 5.
DILATIONS = {
    ("multi_head", 32): [(2, 1, 1), (2, 1, 1), (2, 1, 1)],
    ("multi_head", 16): [(2, 1, 1), (2, 1, 1), (1, 1, 1)],
    ("multi_head", 8): [(2, 1, 1), (1, 1, 1), (1, 2, 1)],
    ("separable", 32): [(2, 1, 1), (2, 1, 1), (2, 1, 1)],
    ("separable", 16): [(2, 1, 1), (2, 1, 1), (1, 1, 2)],
    ("separable", 8): [(2, 1, 1), (1, 1, 2), (1, 2, 4)],
}


def expected_maps(attention, output_stride, size, batch=None):
    maps = zip(MAPS[attention, output_stride, size], OWN[attention].filters, strict=True)
    return {f"P{i}": (batch, *side, filters) for i, (side, filters) in enumerate(maps, 1)}


@pytest.mark.once
@pytest.mark.parametrize(("attention", "output_stride", "size"), MAPS)
def test_maps(attention, output_stride, size):
    model = build_backbone(OWN[attention], input_shape=(*size, 3), output_stride=output_stride)
    maps = {name: output.shape for name, output in model.output.items()}
    assert maps == expected_maps(attention, output_stride, size)


@FAMILIES
def test_smallest_maps(attention):
    model = build_backbone(OWN[attention], input_shape=(32, 32, 3))
    maps = {name: output.shape for name, output in model.output.items()}
    assert maps == expected_maps(attention, 32, (32, 32))
    outputs = forward(model, uniform("backbone/images", (1, 32, 32, 3), 0, 255))
    maps = {name: output.shape for name, output in outputs.items()}
    assert maps == expected_maps(attention, 32, (32, 32), batch=1)


@pytest.mark.once
@pytest.mark.parametrize(("attention", "output_stride"), DILATIONS)
def test_strides_and_dilations(attention, output_stride):
    model = build_backbone(OWN[attention], output_stride=output_stride)
    table = []
    for stage in (3, 4, 5):
        residual, block = model.get_layer(f"stage{stage}_block0"), model.get_layer(f"stage{stage}_block1")
        assert residual.depthwise.conv.dilation_rate == (residual.dilation_rate,) * 2
        assert residual.depthwise.strides == residual.strides
        assert block.local_conv.conv.dilation_rate == (block.dilation_rate,) * 2
        table.append((residual.strides, residual.dilation_rate, block.dilation_rate))
    assert table == DILATIONS[attention, output_stride]
    strides = [model.get_layer(name).strides for name in ("stem", "stage1_block0", "stage2_block0", "stage2_block1")]
    assert strides == [2, 1, 2, 1]


@pytest.mark.once
@FAMILIES
def test_residuals_of_the_inverted_residuals(attention):
    """As `mobilevitv3_xs`, with as many channels in stage 5 as in stage 4: without its stride it gains a residual."""
    for output_stride, stage5 in ((32, False), (16, True), (8, True)):
        model = build_backbone(OWN[attention], output_stride=output_stride)
        residuals = {layer.name: layer.residual for layer in model.layers if hasattr(layer, "residual")}
        assert residuals == {
            "stage1_block0": True,  # 4 to 4
            "stage2_block0": False,
            "stage2_block1": True,
            "stage3_block0": False,
            "stage4_block0": False,
            "stage5_block0": stage5,
        }


@pytest.mark.once
def test_xs_gains_a_residual_at_output_stride_16():
    residuals = [
        build_backbone("mobilevitv3_xs", output_stride=stride).get_layer("stage5_block0").residual
        for stride in (32, 16)
    ]
    assert residuals == [False, True]


@pytest.mark.once
@FAMILIES
def test_weights_do_not_depend_on_the_output_stride(attention):
    weights = [
        [
            (weight.path.partition("/")[2], weight.shape)
            for weight in build_backbone(OWN[attention], output_stride=s).weights
        ]
        for s in (32, 16, 8)
    ]
    assert weights[0] == weights[1] == weights[2]
    models = [build_backbone(OWN[attention], output_stride=stride) for stride in (32, 8)]
    fill_weights(models[0])
    models[1].set_weights(models[0].get_weights())
    images = uniform("backbone/images", (1, 64, 64, 3), 0, 255)
    outputs = [forward(model, images) for model in models]
    for name in ("P1", "P2", "P3"):
        np.testing.assert_allclose(outputs[0][name], outputs[1][name], rtol=1e-5, atol=1e-5)
    assert outputs[0]["P4"].shape != outputs[1]["P4"].shape


@pytest.mark.parametrize("attention", ["multi_head", "separable"] if ON_TORCH else ["separable"])
def test_model(attention, tmp_path):
    """Classifiers are of the other family where a backend compiles."""

    def build(input_shape):
        return build_backbone(OWN[attention], input_shape=input_shape)

    model = check_model(build, (2, 33, 47, 3), expected_maps(attention, 32, (33, 47), batch=2), tmp_path)
    assert model.name == "backbone"
    assert model.input_shape == (None, None, None, 3)


@pytest.mark.once
def test_names():
    model = build_backbone("mobilevitv3_050")
    assert model.name == "mobilevitv3_050_backbone"
    assert build_backbone(OWN["separable"], name="mine").name == "mine"
    assert [layer.name for layer in model.layers] == [
        "images",
        "rescaling",
        "stem",
        "stage1_block0",
        "stage2_block0",
        "stage2_block1",
        *(f"stage{stage}_block{block}" for stage in (3, 4, 5) for block in (0, 1)),
    ]


@pytest.mark.once
@FAMILIES
def test_preprocessing_is_a_scaling(attention):
    inside = build_backbone(OWN[attention])
    outside = build_backbone(OWN[attention], include_preprocessing=False)
    fill_weights(inside)
    outside.set_weights(inside.get_weights())
    images = uniform("backbone/images", (1, 33, 47, 3), 0, 255)
    assert_close(forward(inside, images), forward(outside, images / np.float32(255)))
    assert "rescaling" not in [layer.name for layer in outside.layers]


@pytest.mark.once
def test_input_tensor():
    images = keras.Input((64, 96, 3), name="photos")
    model = build_backbone(OWN["separable"], input_tensor=images)
    assert model.input is images
    assert model.output["P5"].shape == (None, 2, 4, 10)


@pytest.mark.once
def test_input_tensor_of_another_layer():
    photos = keras.Input((32, 48, 3), name="photos")
    doubled = keras.layers.UpSampling2D(2)(photos)
    model = build_backbone(OWN["multi_head"], input_tensor=doubled)
    assert model.input_shape == (None, 32, 48, 3)
    assert model.output["P2"].shape == (None, 16, 24, 6)
    images = uniform("backbone/images", (1, 32, 48, 3), 0, 255)
    alone = build_backbone(OWN["multi_head"])
    alone.set_weights(model.get_weights())
    assert_close(forward(model, images), forward(alone, images.repeat(2, axis=1).repeat(2, axis=2)))


@pytest.mark.once
def test_other_numbers_of_channels():
    model = build_backbone(OWN["separable"], input_shape=(None, None, 1))
    assert model.get_layer("stem").conv.kernel.shape == (3, 3, 1, 4)


@pytest.mark.once
@FAMILIES
def test_switches_reach_the_blocks(attention):
    config = replace(
        OWN[attention],
        fusion_kernel_size=3,
        fusion_input="input",
        input_residual=False,
        depthwise_local=False,
        dropout=0.1,
        attention_dropout=0.2,
        ffn_dropout=0.3,
        expand_ratio=3,
    )
    model = build_backbone(config)
    for stage in (3, 4, 5):
        block = model.get_layer(f"stage{stage}_block1")
        assert (block.fusion_kernel_size, block.fusion_input) == (3, "input")
        assert (block.input_residual, block.depthwise_local) == (False, False)
        assert (block.dropout, block.attention_dropout, block.ffn_dropout) == (0.1, 0.2, 0.3)
        assert (block.attention, block.num_heads, block.initialization) == (attention, 2, config.initialization)
        assert block.depth == len(block.encoders) == config.attention_depths[stage - 3]
        assert (block.dim, block.ffn_dim) == (config.attention_dims[stage - 3], config.ffn_dims[stage - 3])
        assert model.get_layer(f"stage{stage}_block0").expand_ratio == 3


@pytest.mark.once
@pytest.mark.parametrize("output_stride", [4, 64, 0, None, "16"])
def test_bad_output_stride(output_stride):
    with pytest.raises(
        ValueError, match=f"`output_stride` must be 32, 16 or 8. Received: output_stride={output_stride!r}"
    ):
        build_backbone(OWN["separable"], output_stride=output_stride)


@pytest.mark.once
@pytest.mark.parametrize(
    "input_shape", [(31, 64, 3), (64, 31, 3), (64, 64), (None, None, None), (64, 64, 0), (1, 64, 64, 3), ()]
)
def test_bad_input_shape(input_shape):
    with pytest.raises(ValueError, match=r"`input_shape` must be of shape `\(height, width, channels\)`.*at least 32"):
        build_backbone(OWN["separable"], input_shape=input_shape)


@pytest.mark.once
def test_bad_input_tensor():
    with pytest.raises(ValueError, match="`input_tensor` must be a Keras tensor. Received: input_tensor="):
        build_backbone(OWN["separable"], input_tensor=np.zeros((1, 64, 64, 3)))
    with pytest.raises(ValueError, match="`input_tensor` must be of shape .*at least 32.*Received: shape .16, 64, 3."):
        build_backbone(OWN["separable"], input_tensor=keras.Input((16, 64, 3)))


@pytest.mark.once
def test_bad_variant():
    with pytest.raises(ValueError, match="`variant` must be a `BackboneConfig` or one of mobilevitv3_s, .*'resnet'"):
        build_backbone("resnet")


@pytest.mark.once
def test_channels_first_is_refused():
    keras.config.set_image_data_format("channels_first")
    with pytest.raises(ValueError, match=r"channels last only. Call `keras.config.set_image_data_format\('channels_l"):
        build_backbone(OWN["separable"])
