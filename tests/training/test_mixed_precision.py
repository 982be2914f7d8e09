"""A whole run in bfloat16. Measured: losses within 2.2 % of those in float32, with three digits."""

import json

import h5py
import keras
import numpy as np
import pytest

from keras_mobilevitv3 import build_classifier
from tests.tiny_networks import SHALLOW
from tests.training.train_tiny import train_tiny


class Recorder(keras.callbacks.Callback):
    """Types of the numbers in the model at the end."""

    def on_train_end(self, logs=None):
        self.computed = {layer.name: layer.compute_dtype for layer in self.model.layers if layer.weights}
        self.kept = {weight.dtype for weight in self.model.trainable_weights}


@pytest.fixture
def no_graphs():
    """On TensorFlow, steps without a graph of them, which takes longer to make."""
    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.mark.release  # networks and layers in half precision are tested on each backend
def test_bfloat16(tmp_path, one_device, no_graphs):
    recorder = Recorder()
    losses, metrics = train_tiny(tmp_path, precision="mixed_bfloat16", callbacks=[recorder])
    assert recorder.computed.pop("predictions") == "float32"  # the logits
    assert set(recorder.computed.values()) == {"bfloat16"}
    assert recorder.kept == {"float32"}
    assert json.loads((tmp_path / "run.json").read_text())["recipe"]["precision"] == "mixed_bfloat16"
    expected_losses, expected_metrics = one_device  # from the same weights
    np.testing.assert_allclose(losses, expected_losses, rtol=0.1)
    assert losses != expected_losses  # it was another arithmetic
    for name in ("val_loss", "val_raw_loss"):
        assert metrics[name] == pytest.approx(expected_metrics[name], rel=0.1)

    keras.config.set_dtype_policy("float32")
    model = build_classifier(SHALLOW["multi_head"], weights=tmp_path / "last.weights.h5", classes=10)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    with h5py.File(tmp_path / "last.weights.h5") as file:
        types = set()
        file.visititems(lambda name, item: types.add(str(item.dtype)) if isinstance(item, h5py.Dataset) else None)
    assert "float32" in types and not types & {"bfloat16", "float16"}
