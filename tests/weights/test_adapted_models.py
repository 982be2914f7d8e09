"""Checkpoints of models with LoRA weights, and of models that Keras has quantized."""

import keras
import numpy as np
import pytest

from keras_mobilevitv3 import build_classifier, export_checkpoint, load_checkpoint
from keras_mobilevitv3.layers.composite_layer import sublayers
from tests.check_layer import fill_weights
from tests.check_model import forward
from tests.reference_arrays import uniform
from tests.tiny_networks import SHALLOW

pytestmark = [pytest.mark.once, pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize` method")]


def classifier():
    return build_classifier(SHALLOW["multi_head"], weights=None, classes=3, input_shape=(64, 64, 3))


def test_lora_weights_are_merged(tmp_path):
    model = classifier()
    fill_weights(model)
    for _, layer in sublayers(model):
        if isinstance(layer, keras.layers.Dense | keras.layers.Conv2D):
            layer.enable_lora(2, lora_alpha=3)
    for weight in model.weights:
        if weight.name.startswith("lora_"):
            weight.assign(uniform(weight.path, weight.shape, -0.5, 0.5))
    images = uniform("adapted/images", (2, 64, 64, 3), 0, 255)
    expected = forward(model, images)
    other = classifier()
    path = export_checkpoint(model, tmp_path / "model.safetensors")
    load_checkpoint(other, path)
    np.testing.assert_allclose(forward(other, images), expected, atol=1e-5)
    with pytest.raises(ValueError, match="weights without an official name: stem/conv/lora_kernel_a"):
        load_checkpoint(model, path)


def test_a_quantized_model_has_no_checkpoint(tmp_path):
    model = classifier()
    model.quantize("int8")
    with pytest.raises(ValueError, match="`model` must not be quantized: .* before `quantize`. Received: .* 13 "):
        export_checkpoint(model, tmp_path / "model.pt")
    assert not list(tmp_path.iterdir())
