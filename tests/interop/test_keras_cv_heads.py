"""Each head is built, trained for a step, used, saved and loaded, on every backend."""

from typing import NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_mobilevitv3.interop import keras_cv as interop
from tests.interop.keras_cv_support import CLASSES, DETECTORS, IMAGES, LIMITS, SEGMENTERS, SIZE, boxes, masks

BACKEND = keras.backend.backend()
CALLS = {
    "predict_on_batch": lambda model, targets: model.predict_on_batch(IMAGES),
    "predict of pairs": lambda model, targets: model.predict(
        tf.data.Dataset.from_tensor_slices((IMAGES, targets)).batch(2), verbose=0
    ),
}


class Case(NamedTuple):
    head: str
    model: keras.Model
    targets: object
    losses: dict


@pytest.fixture(scope="module", params=[*SEGMENTERS, *DETECTORS])
def case(request):
    head = request.param
    build = getattr(interop, head)
    if head in SEGMENTERS:
        kind, network = SEGMENTERS[head]
        model = build(network, CLASSES, input_shape=(SIZE, SIZE, 3))
        targets, losses = masks(), {"loss": model.loss}
    else:
        kind, network, losses = DETECTORS[head]
        arguments = {"input_shape": (SIZE, SIZE, 3), "confidence_threshold": 0.004, "max_detections": 9}
        model = build(network, CLASSES, "xyxy", **arguments)
        targets, losses = boxes(), dict(zip(("box_loss", "classification_loss"), losses))
    assert isinstance(model, kind) and model.compiled
    return Case(head, model, targets, losses)


def test_head(case, tmp_path):
    check_step(case)
    found = case.model.predict(IMAGES, verbose=0)
    if case.head in SEGMENTERS:
        assert case.model.loss.get_config()["from_logits"] and case.model.loss.get_config()["ignore_class"] == 255
        assert found.shape == (2, SIZE, SIZE, CLASSES) and found.dtype == "float32"
        assert not np.allclose(found.sum(-1), 1.0)
    else:
        shapes = {"boxes": (2, 9, 4), "confidence": (2, 9), "classes": (2, 9), "num_detections": (2,)}
        assert {key: values.shape for key, values in found.items()} == shapes
        assert found["num_detections"].max() > 0
    check_files(case, found, tmp_path)


def check_step(case):
    """One step of `fit` after compiling again: on TensorFlow without a graph, on JAX with the head alone, for speed."""
    model = case.model
    model.backbone.trainable = BACKEND != "jax"
    optimizer = model.optimizer.from_config({**model.optimizer.get_config(), "learning_rate": 1e-3})
    model.compile(optimizer=optimizer, run_eagerly=BACKEND == "tensorflow", **case.losses)
    before = [keras.ops.convert_to_numpy(weight) for weight in model.trainable_variables]
    history = model.fit(IMAGES, case.targets, batch_size=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    after = [keras.ops.convert_to_numpy(weight) for weight in model.trainable_variables]
    assert np.mean([np.any(one != other) for one, other in zip(before, after, strict=True)]) > 0.9


def check_files(case, expected, path):
    model = case.model
    model.save(path / "model.keras")
    loaded = keras.saving.load_model(path / "model.keras")
    assert type(loaded) is type(model) and isinstance(loaded.backbone, interop.KerasCVBackbone)
    assert loaded.get_compile_config()["loss"] == model.get_compile_config()["loss"]
    assert float(loaded.optimizer.learning_rate) == float(model.optimizer.learning_rate) == np.float32(1e-3)
    found = loaded.predict(IMAGES, verbose=0)
    keras.tree.map_structure(lambda one, other: np.testing.assert_allclose(one, other, atol=1e-4), found, expected)
    model.save_weights(path / "model.weights.h5")
    loaded.set_weights([0 * weight for weight in loaded.get_weights()])
    loaded.load_weights(path / "model.weights.h5")
    for one, other in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("use", CALLS)
def test_calls(case, use):
    assert (case.head, use, BACKEND) not in LIMITS
    found, expected = CALLS[use](case.model, case.targets), case.model.predict(IMAGES, verbose=0)
    keras.tree.map_structure(lambda one, other: np.testing.assert_allclose(one, other, atol=1e-4), found, expected)
