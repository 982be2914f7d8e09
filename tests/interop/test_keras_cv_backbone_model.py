import json

import keras
import numpy as np
import pytest

from keras_mobilevitv3 import VARIANTS, build_backbone
from keras_mobilevitv3.interop.keras_cv import KerasCVBackbone, backbone
from tests.check_layer import fill_weights
from tests.check_model import assert_close, forward
from tests.reference_arrays import uniform
from tests.tiny_networks import SHALLOW, tiny_classifier

LEVELS = ["P1", "P2", "P3", "P4", "P5"]


def levels_of(features):
    """A model with the outputs of the layers that are named as levels, as KerasCV makes one."""
    outputs = {level: features.get_layer(name).output for level, name in features.pyramid_level_inputs.items()}
    return keras.Model(features.input, outputs)


@pytest.fixture(scope="module")
def features():
    features = backbone(SHALLOW["multi_head"], output_stride=16)
    fill_weights(features)
    return features


@pytest.mark.parametrize(
    ("attention", "include_rescaling", "output_stride"), [("multi_head", True, 32), ("separable", False, 16)]
)
def test_values_are_those_of_build_backbone(attention, include_rescaling, output_stride):
    model = build_backbone(SHALLOW[attention], output_stride=output_stride, include_preprocessing=include_rescaling)
    fill_weights(model)
    features = backbone(SHALLOW[attention], include_rescaling=include_rescaling, output_stride=output_stride)
    features.set_weights(model.get_weights())
    images = uniform("keras_cv/images", (1, 64, 96, 3), 0, 255 if include_rescaling else 1)
    expected = forward(model, images)
    levels = forward(levels_of(features), images)
    assert list(features.pyramid_level_inputs) == LEVELS == sorted(levels)
    assert_close(levels, expected)
    assert features.embedding_dims == [expected[level].shape[-1] for level in LEVELS]
    assert features.output is features.get_layer(features.pyramid_level_inputs["P5"]).output


@pytest.mark.once
def test_config_comes_back(features):
    config = features.get_config()
    assert json.loads(json.dumps(config)) == config and "weights" not in config
    copy = KerasCVBackbone.from_config(config)
    assert copy.variant == SHALLOW["multi_head"] and copy.get_config() == config
    assert [weight.path for weight in copy.weights] == [weight.path for weight in features.weights]
    assert copy.trainable_weights and not KerasCVBackbone.from_config({**config, "trainable": False}).trainable_weights
    copy.get_layer("stem").norm.trainable = False
    partly = KerasCVBackbone.from_config(copy.get_config())
    assert copy.get_config()["frozen"] == ["stem/norm"]
    assert len(partly.trainable_weights) == len(copy.trainable_weights) == len(features.trainable_weights) - 2
    row = backbone("mobilevitv3_xxs", include_rescaling=False, input_shape=(64, 32, 1), name="encoder")
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(row))
    assert isinstance(copy, KerasCVBackbone) and copy.get_config() == row.get_config()
    assert (copy.name, copy.variant, copy.input_shape) == ("encoder", "mobilevitv3_xxs", (None, 64, 32, 1))
    assert not copy.include_rescaling and copy.output_stride == 32


@pytest.mark.once
def test_files(features, tmp_path):
    images = uniform("keras_cv/images", (1, 64, 96, 3), 0, 255)
    features.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.pyramid_level_inputs == features.pyramid_level_inputs
    assert_close(forward(loaded, images), forward(features, images))
    features.save_weights(tmp_path / "features.weights.h5")
    again = backbone(SHALLOW["multi_head"], weights=tmp_path / "features.weights.h5")
    for one, other in zip(again.get_weights(), features.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.once
def test_weights_of_a_classifier(tmp_path):
    classifier = tiny_classifier("separable")
    fill_weights(classifier)
    classifier.save_weights(tmp_path / "classifier.weights.h5")
    with pytest.warns(UserWarning, match="Not loaded"):
        features = backbone(SHALLOW["separable"], weights=tmp_path / "classifier.weights.h5")
    expected = classifier.get_weights()
    for one, other in zip(features.get_weights(), expected):
        np.testing.assert_array_equal(one, other)


@pytest.mark.once
def test_presets():
    assert set(KerasCVBackbone.presets) == set(VARIANTS)
    assert "mobilevitv3_xxs" in KerasCVBackbone.presets_with_weights
    assert set(KerasCVBackbone.presets_without_weights) >= {"mobilevitv3_200", "mobilevitv3_s_unscaled"}
    preset = KerasCVBackbone.from_preset("mobilevitv3_xxs", load_weights=False, output_stride=8)
    assert (preset.variant, preset.output_stride) == ("mobilevitv3_xxs", 8)


@pytest.mark.once
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"variant": "mobilevitv3"}, "`variant` must be a `BackboneConfig` or one of"),
        ({"variant": SHALLOW["separable"], "weights": "imagenet"}, "`weights='imagenet'` needs an id of"),
        ({"variant": "mobilevitv3_s_unscaled", "weights": "imagenet"}, "mobilevitv3_s_unscaled"),
        ({"variant": SHALLOW["separable"], "output_stride": 4}, "`output_stride` must be 32, 16 or 8"),
        ({"variant": SHALLOW["separable"], "input_shape": (16, 64, 3)}, "`input_shape` must be of shape"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        backbone(**arguments)
