"""Each head is built, trained for a step, used, saved and loaded; `keras_cv_support` says on which backend."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_mobilevitv3.interop import keras_cv as interop
from tests.interop.keras_cv_support import CLASSES, DETECTORS, IMAGES, LIMITS, SEGMENTERS, SIZE, TRAINED, boxes, masks
from tests.interop.networks import head_cases

BACKEND = keras.backend.backend()
CALLS = {
    "predict_on_batch": lambda model, targets: model.predict_on_batch(IMAGES),
    "predict of pairs": lambda model, targets: model.predict(
        tf.data.Dataset.from_tensor_slices((IMAGES, targets)).batch(2), verbose=0
    ),
}


class Trained:
    """A head after a step of training, and what it predicts."""

    def __init__(self, head):
        self.head = head
        build = getattr(interop, head)
        if head in SEGMENTERS:
            kind, network = SEGMENTERS[head]
            self.model = build(network, CLASSES, input_shape=(SIZE, SIZE, 3))
            self.targets, losses = masks(), {"loss": self.model.loss}
        else:
            kind, network, losses = DETECTORS[head]
            arguments = {"input_shape": (SIZE, SIZE, 3), "confidence_threshold": 0.004, "max_detections": 9}
            self.model = build(network, CLASSES, "xyxy", **arguments)
            self.targets, losses = boxes(), dict(zip(("box_loss", "classification_loss"), losses))
        assert isinstance(self.model, kind) and self.model.compiled
        self._fit(losses)
        self.predicted = self.model.predict(IMAGES, verbose=0)

    def _fit(self, losses):
        """One step after compiling again: on TensorFlow without a graph, on JAX with the head alone, for speed."""
        model = self.model
        model.backbone.trainable = BACKEND != "jax"
        optimizer = model.optimizer.from_config({**model.optimizer.get_config(), "learning_rate": 1e-3})
        model.compile(optimizer=optimizer, run_eagerly=BACKEND == "tensorflow", **losses)
        before = [keras.ops.convert_to_numpy(weight) for weight in model.trainable_variables]
        self.loss = model.fit(IMAGES, self.targets, batch_size=2, verbose=0).history["loss"]
        after = [keras.ops.convert_to_numpy(weight) for weight in model.trainable_variables]
        self.changed = [np.any(one != other) for one, other in zip(before, after, strict=True)]


@pytest.fixture(scope="module", params=head_cases([*SEGMENTERS, *DETECTORS], TRAINED))
def trained(request):
    return Trained(request.param)


def test_fit(trained):
    assert np.isfinite(trained.loss).all()
    assert np.mean(trained.changed) > 0.9


def test_predict(trained):
    found = trained.predicted
    if trained.head in SEGMENTERS:
        loss = trained.model.loss.get_config()
        assert loss["from_logits"] and loss["ignore_class"] == 255
        assert found.shape == (2, SIZE, SIZE, CLASSES) and found.dtype == "float32"
        assert not np.allclose(found.sum(-1), 1.0)
    else:
        shapes = {"boxes": (2, 9, 4), "confidence": (2, 9), "classes": (2, 9), "num_detections": (2,)}
        assert {key: values.shape for key, values in found.items()} == shapes
        assert found["num_detections"].max() > 0


def assert_same(found, expected):
    keras.tree.map_structure(lambda one, other: np.testing.assert_allclose(one, other, atol=1e-4), found, expected)


def test_files(trained, tmp_path):
    model = trained.model
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded) is type(model) and isinstance(loaded.backbone, interop.KerasCVBackbone)
    assert len(loaded.trainable_variables) == len(model.trainable_variables)
    assert loaded.get_compile_config()["loss"] == model.get_compile_config()["loss"]
    assert int(loaded.optimizer.iterations) == int(model.optimizer.iterations) == 1
    assert float(loaded.optimizer.learning_rate) == float(model.optimizer.learning_rate) == np.float32(1e-3)
    assert_same(loaded.predict(IMAGES, verbose=0), trained.predicted)
    model.save_weights(tmp_path / "model.weights.h5")
    loaded.set_weights([0 * weight for weight in loaded.get_weights()])
    loaded.load_weights(tmp_path / "model.weights.h5")
    for one, other in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("use", CALLS)
def test_calls(trained, use):
    assert (trained.head, use, BACKEND) not in LIMITS
    assert_same(CALLS[use](trained.model, trained.targets), trained.predicted)
