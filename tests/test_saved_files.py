"""Files written before the modules of the package moved load, and give what they gave: names in files are a format."""

from pathlib import Path

import keras
import numpy as np
import pytest

from keras_mobilevitv3 import DeepLabV3, SSDLite, build_classifier
from tests.thinned import thinned
from tests.tiny_networks import TINY

FOLDER = Path(__file__).parent / "data/files_of_0_1"
MODELS = ("classifier", "segmenter", "detector", "fused_classifier", "own_model")


def outputs_of(model):
    images = np.random.default_rng(1).integers(0, 256, (1, *model.input.shape[1:])).astype("float32")
    outputs = model(images, training=False)
    outputs = outputs if isinstance(outputs, dict) else {"output": outputs}
    return {name: keras.ops.convert_to_numpy(output) for name, output in outputs.items()}


def check_outputs(model, name):
    with np.load(FOLDER / "outputs.npz") as expected:
        for output, value in outputs_of(model).items():
            np.testing.assert_allclose(value, expected[f"{name}/{output}"], rtol=1e-4, atol=1e-4)


# JAX compiles each operation.
@pytest.mark.parametrize(
    "name", thinned(MODELS, MODELS, jax=["classifier", "detector"], tensorflow=["segmenter", "own_model"])
)
def test_keras_file(name):
    model = keras.saving.load_model(FOLDER / f"{name}.keras")
    check_outputs(model, name)
    if name == "classifier":
        assert not model.get_layer("stage1_block0").trainable
        assert isinstance(model.optimizer, keras.optimizers.AdamW)
    if name == "detector":
        assert (model.confidence_threshold, model.max_detections) == (0.2, 7)


@pytest.mark.parametrize("name", thinned(MODELS[:3], MODELS[:3], jax=["segmenter"], tensorflow=["detector"]))
def test_weights_file(name):
    build = {
        "classifier": lambda: build_classifier(TINY["multi_head"], weights=None, classes=3, input_shape=(64, 64, 3)),
        "segmenter": lambda: DeepLabV3(TINY["separable"], classes=3, aspp_filters=8, input_shape=(64, 64, 3)),
        "detector": lambda: SSDLite(TINY["multi_head"], classes=2, input_shape=(96, 96, 3)),
    }
    model = build[name]()
    model.load_weights(FOLDER / f"{name}.weights.h5")
    check_outputs(model, name)
