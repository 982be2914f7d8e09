import json
from pathlib import Path

import keras
import pytest

from keras_mobilevitv3 import build_classifier
from keras_mobilevitv3.weights.official_names.official_tensors import (
    official_tensors,
    paddle_tensors,
    required_family_of,
)
from keras_mobilevitv3.weights.tensor_layouts import official_shape
from tests.tiny_networks import tiny_classifier

pytestmark = pytest.mark.once

PADDLE = json.loads(Path(__file__).parents[2].joinpath("data/state_dicts_paddle.json").read_text())


@pytest.mark.parametrize("variant", PADDLE)
def test_names_and_shapes_of_paddle(variant):
    tensors = paddle_tensors(official_tensors(build_classifier(variant, weights=None)))
    shapes = {name: official_shape(tensor.variable.shape, tensor.layout) for name, tensor in tensors.items()}
    assert shapes == {name: tuple(shape) for name, shape in PADDLE[variant].items()}


@pytest.mark.parametrize("attention", ["multi_head", "separable"])
def test_every_weight_has_one_name(attention):
    model = tiny_classifier(attention)
    assert required_family_of(model).attention == attention
    variables = [id(tensor.variable) for tensor in official_tensors(model).values()]
    assert sorted(variables) == sorted(id(weight) for weight in model.weights)


def test_a_model_without_a_mobilevit_block_is_refused():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)], name="other")
    with pytest.raises(ValueError, match="must hold MobileViT blocks. Received: model='other'"):
        official_tensors(model)


def test_weights_without_an_official_name_are_refused():
    model = tiny_classifier("separable")
    extended = keras.Model(model.input, keras.layers.Dense(2, use_bias=False, name="extra")(model.output))
    with pytest.raises(ValueError, match="without an official name: extra/kernel"):
        official_tensors(extended)
