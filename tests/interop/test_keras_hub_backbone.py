import json
from dataclasses import asdict

import keras
import keras_hub
import numpy as np
import pytest

from keras_mobilevitv3 import build_backbone, build_classifier
from keras_mobilevitv3.interop.keras_hub import MobileViTBackbone
from tests.check_layer import fill_weights
from tests.check_model import forward
from tests.interop.keras_hub_support import IMAGES
from tests.tiny_networks import SHALLOW

HARNESS = pytest.mark.once if keras.backend.backend() == "torch" else pytest.mark.release


@pytest.fixture(scope="module", params=SHALLOW)
def pair(request):
    """The backbone of KerasHub and that of this package, with the same weights."""
    network = build_backbone(SHALLOW[request.param])
    fill_weights(network)
    backbone = MobileViTBackbone(SHALLOW[request.param])
    backbone.set_weights(network.get_weights())
    return backbone, network


def test_its_numbers_are_those_of_build_backbone(pair):
    backbone, network = pair
    expected = forward(network, IMAGES)
    pyramid = forward(keras.Model(backbone.inputs, backbone.pyramid_outputs), IMAGES)
    assert list(pyramid) == ["P1", "P2", "P3", "P4", "P5"] == list(expected)
    for level, features in expected.items():
        np.testing.assert_array_equal(pyramid[level], features)
    assert [weight.path for weight in backbone.weights] == [weight.path for weight in network.weights]


@pytest.mark.once
@pytest.mark.parametrize("stride", [16, 8])
def test_the_last_map_takes_the_place_of_its_level(stride):
    backbone = MobileViTBackbone(SHALLOW["multi_head"], image_shape=(64, 64, 3), output_stride=stride)
    sides = {level: features.shape[1] for level, features in backbone.pyramid_outputs.items()}
    assert sides == {f"P{level}": 64 // 2**level for level in range(1, stride.bit_length())}
    assert list(backbone.pyramid_outputs.values())[-1] is backbone.output


@pytest.mark.once
def test_its_config_is_json_and_makes_the_same_network(pair):
    backbone, _ = pair
    config = json.loads(json.dumps(backbone.get_config()))
    again = MobileViTBackbone.from_config(config)
    assert again.network_config == backbone.network_config
    assert json.dumps(again.get_config()) == json.dumps(backbone.get_config())
    assert MobileViTBackbone(asdict(backbone.network_config)).network_config == backbone.network_config
    frozen = MobileViTBackbone.from_config({**config, "trainable": False})
    assert again.trainable_weights and not frozen.trainable_weights
    again.get_layer("stem").norm.trainable = False
    partly = MobileViTBackbone.from_config(again.get_config())
    assert again.get_config()["frozen"] == ["stem/norm"]
    assert len(partly.trainable_weights) == len(again.trainable_weights) == len(backbone.trainable_weights) - 2


@pytest.mark.once
def test_an_id_is_kept_as_it_is():
    config = MobileViTBackbone("mobilevitv3_xxs", output_stride=16, include_preprocessing=False).get_config()
    assert config["variant"] == "mobilevitv3_xxs" and config["output_stride"] == 16
    assert config["include_preprocessing"] is False and config["image_shape"] == (None, None, 3)
    assert "weights" not in config


@pytest.mark.once
def test_presets(pair, tmp_path):
    backbone, _ = pair
    backbone.save_to_preset(str(tmp_path / "preset"))
    for cls in (keras_hub.models.Backbone, MobileViTBackbone):
        again = cls.from_preset(str(tmp_path / "preset"))
        assert type(again) is MobileViTBackbone
        for mine, its in zip(again.get_weights(), backbone.get_weights(), strict=True):
            np.testing.assert_array_equal(mine, its)


@pytest.mark.once
def test_weights_of_a_checkpoint(tmp_path):
    classifier = build_classifier(SHALLOW["separable"], weights=None, classes=5)
    classifier.save_weights(tmp_path / "classifier.weights.h5")
    with pytest.warns(UserWarning, match="predictions"):
        backbone = MobileViTBackbone(SHALLOW["separable"], weights=tmp_path / "classifier.weights.h5")
    for layer in backbone.layers:
        for mine, its in zip(layer.get_weights(), classifier.get_layer(layer.name).get_weights(), strict=True):
            np.testing.assert_array_equal(mine, its)


@pytest.mark.once
@pytest.mark.parametrize(("attention", "policy"), [("multi_head", "mixed_float16"), ("separable", "bfloat16")])
def test_dtype_is_that_of_all_layers(attention, policy):
    backbone = MobileViTBackbone(SHALLOW[attention], dtype=policy)
    policy = keras.dtype_policies.get(policy)
    assert {layer.compute_dtype for layer in backbone.layers if layer.weights} == {policy.compute_dtype}
    assert {weight.dtype for weight in backbone.trainable_weights} == {policy.variable_dtype}
    assert backbone.output.dtype == policy.compute_dtype


@pytest.mark.once
def test_arguments_are_checked():
    with pytest.raises(ValueError, match="mobilevitv9"):
        MobileViTBackbone("mobilevitv9")
    with pytest.raises(ValueError, match="`output_stride` must be 32, 16 or 8"):
        MobileViTBackbone(SHALLOW["multi_head"], output_stride=4)
    with pytest.raises(ValueError, match="`weights` must be"):
        MobileViTBackbone("mobilevitv3_xxs", weights="imagnet")


@pytest.mark.parametrize("attention", SHALLOW)
@HARNESS
def test_harness_of_keras_hub(attention):
    """KerasHub's own test of backbones, which it ships; it needs grain. Its checks are those of Keras' files."""
    pytest.importorskip("grain")
    from keras_hub.src.tests.test_case import TestCase

    config = SHALLOW[attention]
    TestCase("run_vision_backbone_test").run_vision_backbone_test(
        cls=MobileViTBackbone,
        init_kwargs={"variant": config, "image_shape": (64, 64, 3)},
        input_data=keras.ops.convert_to_tensor(IMAGES),
        expected_output_shape=(2, 2, 2, config.filters[-1]),
        expected_pyramid_output_keys=["P1", "P2", "P3", "P4", "P5"],
        expected_pyramid_image_sizes=[(32, 32), (16, 16), (8, 8), (4, 4), (2, 2)],
        # The scores of separable attention stay in float32, in a layer of their own, which this check does not allow.
        # JAX compiles each operation of each of these networks: minutes for what the other backends check too.
        run_mixed_precision_check=attention == "multi_head" and keras.backend.backend() != "jax",
        run_quantization_check=keras.backend.backend() != "jax",
        run_data_format_check=False,  # images are channels last in this package
    )
