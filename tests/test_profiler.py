import math

import keras
import pytest

from keras_mobilevitv3 import build_backbone
from keras_mobilevitv3.classification.classifier import build_classifier
from keras_mobilevitv3.profiler import profile
from tests.tiny_networks import TINY

pytestmark = pytest.mark.once

CONFIG, SEPARABLE = TINY["multi_head"], TINY["separable"]


def inverted_residual(pixels_in, pixels_out, channels, filters):
    expanded = 2 * channels
    return pixels_in * channels * expanded + pixels_out * expanded * (9 + filters)


def multi_head_block(pixels, channels, dim, depth, published):
    """Even maps: 4 sequences of a quarter of the pixels."""
    length = pixels // 4
    products = 2 * dim * dim if published else 2 * length * dim
    biases = (3 * dim + dim + 2 * dim + dim) if published else 0
    layer = 3 * dim * dim + dim * dim + 2 * dim * (2 * dim) + products + biases
    convolutions = 9 * channels + channels * dim + dim * channels + (dim + channels) * channels
    return pixels * (convolutions + depth * layer)


def separable_block(pixels, channels, dim, depth, published):
    hidden = 2 * dim // 16 * 16
    biases = (1 + 2 * dim) + dim + hidden + dim if published else 0
    layer = dim * (1 + 2 * dim) + dim * dim + 2 * dim * hidden + biases
    convolutions = 9 * channels + channels * dim + 2 * dim * channels
    return pixels * (convolutions + depth * layer)


@pytest.mark.parametrize("published", [False, True])
@pytest.mark.parametrize(("config", "block"), [(CONFIG, multi_head_block), (SEPARABLE, separable_block)])
def test_counts_of_each_stage(config, block, published):
    """By hand, on 64x128 images: maps of 32x64, 16x32, 8x16, 4x8 and 2x4 pixels."""
    result = profile(config, input_shape=(64, 128, 3))
    p1, p2, p3, p4, p5 = 32 * 64, 16 * 32, 8 * 16, 4 * 8, 2 * 4
    expected = {
        "stem": p1 * 27 * 4,
        "stage1": inverted_residual(p1, p1, 4, 4),
        "stage2": inverted_residual(p1, p2, 4, 6) + inverted_residual(p2, p2, 6, 6),
        "stage3": inverted_residual(p2, p3, 6, 8) + block(p3, 8, 8, 1, published),
        "stage4": inverted_residual(p3, p4, 8, 10) + block(p4, 10, 12, 2, published),
        "stage5": inverted_residual(p4, p5, 10, 12) + block(p5, 12, 16, 1, published),
        "head": p5 * 12 * 20 + 20 * 1000 if config.head_filters else 12 * 1000,
    }
    expected["head"] += 1000 if published else 0
    counts = {s.name: s.multiply_adds if published else s.executed_multiply_adds for s in result.stages}
    assert counts == expected
    total = result.multiply_adds if published else result.executed_multiply_adds
    assert total == sum(expected.values())


def test_shapes_and_parameters_of_each_stage():
    model = build_classifier(CONFIG, weights=None, classes=5)
    result = profile(model, input_shape=(64, 128, 3))
    shapes = {stage.name: stage.output_shape for stage in result.stages}
    assert shapes == {
        "stem": (32, 64, 4),
        "stage1": (32, 64, 4),
        "stage2": (16, 32, 6),
        "stage3": (8, 16, 8),
        "stage4": (4, 8, 10),
        "stage5": (2, 4, 12),
        "head": (5,),
    }
    parameters = {stage.name: stage.parameters for stage in result.stages}
    assert parameters["stem"] == 27 * 4 + 8
    assert parameters["head"] == 12 * 20 + 40 + 20 * 5 + 5
    assert result.parameters == sum(math.prod(weight.shape) for weight in model.trainable_weights)


def test_model_is_left_alone():
    model = build_classifier(SEPARABLE, weights=None, classes=5)
    weights = model.get_weights()
    layers = [layer.name for layer in model.layers]
    profile(model, input_shape=(64, 64, 3))
    assert [layer.name for layer in model.layers] == layers
    assert all((before == after).all() for before, after in zip(weights, model.get_weights(), strict=True))
    assert model.input_shape == (None, None, None, 3)


def test_backbone_and_output_stride():
    plain, dilated = (
        profile(build_backbone(SEPARABLE, output_stride=stride), input_shape=(64, 64, 3)) for stride in (32, 16)
    )
    assert [stage.name for stage in plain.stages] == ["stem", *(f"stage{i}" for i in range(1, 6))]
    assert plain.parameters == dilated.parameters
    assert plain.multiply_adds < dilated.multiply_adds
    assert dilated.stages[-1].output_shape == (4, 4, 12)


def test_odd_maps_count_as_they_run():
    """The separable family enlarges the map at the entrance of the block, the other one around the transformer."""
    for config, block in ((SEPARABLE, separable_block), (CONFIG, multi_head_block)):
        stages = {stage.name: stage for stage in profile(config, input_shape=(40, 40, 3)).stages}
        residual = inverted_residual(100, 25, 6, 8)
        if config is SEPARABLE:
            assert stages["stage3"].output_shape == (6, 6, 8)
            assert stages["stage3"].executed_multiply_adds == residual + block(36, 8, 8, 1, False)
        else:
            assert stages["stage3"].output_shape == (5, 5, 8)
            expected = residual + block(25, 8, 8, 0, False) + block(36, 8, 8, 1, False) - block(36, 8, 8, 0, False)
            assert stages["stage3"].executed_multiply_adds == expected


def test_table():
    result = profile(CONFIG, input_shape=(64, 128, 3))
    lines = str(result).splitlines()
    assert lines[0] == f"{result.name} at 64x128x3"
    assert lines[1].split() == ["stage", "output", "parameters", "MACs", "(M)", "executed", "(M)"]
    assert [line.split()[0] for line in lines[2:]] == [*(stage.name for stage in result.stages), "total"]
    assert lines[2].split()[1] == "32x64x4"
    assert lines[-1].split()[1:] == [
        f"{result.parameters:,}",
        f"{result.multiply_adds / 1e6:.2f}",
        f"{result.executed_multiply_adds / 1e6:.2f}",
    ]
    assert len({len(line) for line in lines[1:]}) == 1


def test_default_shape():
    """That of the model, where it has one."""
    assert profile(CONFIG).input_shape == profile(build_classifier(CONFIG, weights=None)).input_shape == (256, 256, 3)
    assert profile(build_classifier(CONFIG, weights=None, input_shape=(64, 96, 3))).input_shape == (64, 96, 3)


@pytest.mark.parametrize("input_shape", [(64, 64), (64, 64, 3, 1), (None, None, 3), (64, 0, 3), (64, 64.0, 3), (), 64])
def test_bad_input_shape(input_shape):
    with pytest.raises(ValueError, match="`input_shape` must be three positive integers. Received: input_shape="):
        profile(CONFIG, input_shape=input_shape)


def test_unknown_variant():
    with pytest.raises(ValueError, match="`model_or_variant` must be a `BackboneConfig` or one of"):
        profile("resnet50")


def test_unknown_layer():
    images = keras.Input((None, None, 3))
    model = keras.Model(images, keras.layers.Conv2D(4, 3, name="foreign")(images))
    with pytest.raises(ValueError, match="must be made of layers of this package.*layer 'foreign' of class Conv2D"):
        profile(model, input_shape=(64, 64, 3))


def test_frozen_layers_cost_as_others():
    plain = profile(build_classifier(CONFIG, weights=None, classes=5), input_shape=(64, 64, 3))
    half, whole = (build_classifier(CONFIG, weights=None, classes=5) for _ in range(2))
    for layer in half.layers[:8]:
        layer.trainable = False
    half.get_layer("stage5_block1").fusion.trainable = False
    whole.trainable = False
    for model in (half, whole):
        assert profile(model, input_shape=(64, 64, 3)).stages == plain.stages
        assert not model.get_layer("stem").trainable


@pytest.mark.parametrize("around", ["sequential", "functional", "sequential in functional"])
def test_a_model_inside_of_another(around):
    features = build_classifier(SEPARABLE, weights=None, include_top=False, pooling="avg", name="features")
    dense = keras.layers.Dense(5, name="predictions")
    if around == "sequential":
        model = keras.Sequential([keras.Input((64, 64, 3)), features, keras.layers.Dropout(0.5), dense])
    else:
        inside = keras.Sequential([features]) if around == "sequential in functional" else features
        images = keras.Input((64, 64, 3))
        model = keras.Model(images, dense(inside(keras.layers.RandomFlip()(images))))
    expected = profile(build_classifier(SEPARABLE, weights=None, classes=5), input_shape=(64, 64, 3))
    assert profile(model).stages == expected.stages
    assert profile(features, input_shape=(64, 64, 3)).stages == expected.stages[:-1]
