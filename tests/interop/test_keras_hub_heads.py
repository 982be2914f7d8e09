"""Each head of KerasHub on our backbone, from end to end: `keras_hub_support` says what works."""

import keras
import keras_hub
import numpy as np
import pytest

from tests.interop.keras_hub_support import CASES, HEADS, LIMITS, SIZE, TRAINED, WIDE
from tests.interop.networks import head_cases

BACKEND = keras.backend.backend()
BASES = {
    "ImageClassifier": keras_hub.models.ImageClassifier,
    "DeepLabV3ImageSegmenter": keras_hub.models.ImageSegmenter,
    "RetinaNetObjectDetector": keras_hub.models.ObjectDetector,
}


class Trained:
    """A task after a step of training, and what it predicts for images of another size."""

    def __init__(self, head):
        self.head = head
        self.task, self.images, targets = CASES[head]()
        self.task.jit_compile = BACKEND == "jax"  # half a minute of compilation on TensorFlow that means nothing here
        self.task.run_eagerly = BACKEND == "tensorflow"  # a release test makes a graph of the step
        self.task.train_function = None  # KerasHub makes one as soon as there is another decoder
        encoder(self.task).trainable = BACKEND != "jax"  # spares a third of the compilation
        before = [np.asarray(weight) for weight in self.task.trainable_variables]
        self.loss = self.task.fit(self.images, targets, batch_size=2, verbose=0).history["loss"]
        weights = zip(before, self.task.trainable_variables, strict=True)
        self.changed = [not np.array_equal(weight, np.asarray(now)) for weight, now in weights]
        self.task.run_eagerly = False
        self.predicted = predictions(self.task)


def encoder(task):
    """Our backbone, which KerasHub puts into one of its own where there is a neck."""
    return getattr(task.backbone, "image_encoder", task.backbone)


def predictions(task):
    return keras.tree.map_structure(np.asarray, task.predict(WIDE, verbose=0))


@pytest.fixture(scope="module", params=head_cases(HEADS, TRAINED))
def trained(request):
    return Trained(request.param)


def limit(trained, use):
    """Why a use does not work here, or `None`."""
    return LIMITS.get((trained.head, use, BACKEND))


def assert_same(results, expected):
    for result, one in zip(keras.tree.flatten(results), keras.tree.flatten(expected), strict=True):
        np.testing.assert_allclose(result, one, rtol=1e-4, atol=1e-4)


def test_fit(trained):
    assert limit(trained, "fit") is None
    assert np.isfinite(trained.loss).all()
    assert np.mean(trained.changed) > 0.9


@pytest.mark.release
@pytest.mark.backend("tensorflow")
@pytest.mark.parametrize("head", HEADS)
def test_fit_in_a_graph(head):
    task, images, targets = CASES[head]()
    task.jit_compile = False
    assert np.isfinite(task.fit(images, targets, batch_size=2, verbose=0).history["loss"]).all()


def test_predict(trained):
    assert limit(trained, "predict") is None and limit(trained, "any size") is None
    shapes = keras.tree.map_structure(np.shape, trained.predicted)
    expected = {
        "ImageClassifier": (2, 5),
        "DeepLabV3ImageSegmenter": (*WIDE.shape[:3], 3),
        "RetinaNetObjectDetector": {
            "boxes": (2, 5, 4),
            "confidence": (2, 5),
            "labels": (2, 5),
            "num_detections": (2,),
        },
    }
    assert shapes == expected[trained.head]
    assert all(np.isfinite(values).all() for values in keras.tree.flatten(trained.predicted))
    if trained.head == "RetinaNetObjectDetector":
        assert trained.predicted["num_detections"].min() > 0
        assert trained.predicted["boxes"].max() > SIZE


def test_predict_on_batch(trained):
    assert limit(trained, "predict_on_batch") is None
    assert_same(trained.task.predict_on_batch(WIDE), trained.predicted)


def test_save_and_load(trained, tmp_path):
    assert limit(trained, "save and load") is None
    trained.task.save(tmp_path / "task.keras")
    task = keras.saving.load_model(tmp_path / "task.keras")
    assert type(task) is type(trained.task)
    assert_same(predictions(task), trained.predicted)
    check_compiled_state(trained, task)


def check_compiled_state(trained, task):
    """The losses of a loaded task and its optimizer, which goes on at the step of the saved one."""
    assert limit(trained, "compiled state") is None
    assert int(task.optimizer.iterations) == int(trained.task.optimizer.iterations) == 1
    config, expected = task.get_compile_config(), trained.task.get_compile_config()
    expected["optimizer"]["config"]["name"] = config["optimizer"]["config"]["name"]
    assert config == expected


def test_presets(trained, tmp_path):
    assert limit(trained, "presets") is None
    path = str(tmp_path / "preset")
    trained.task.save_to_preset(path)
    task = BASES[trained.head].from_preset(path)
    assert type(task) is type(trained.task)
    assert type(task.preprocessor) is type(trained.task.preprocessor)
    for mine, its in zip(task.get_weights(), trained.task.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, its)
    if BACKEND == "torch":
        assert_same(predictions(task), trained.predicted)
        assert BASES[trained.head].from_preset(path, num_classes=7).num_classes == 7


def test_several_sizes(trained):
    if limit(trained, "several sizes") is not None:
        with pytest.raises((TypeError, ValueError)):
            trained.task.predict(trained.images, verbose=0)
    else:
        outputs = trained.task.predict(trained.images, verbose=0)
        assert [values.shape[0] for values in keras.tree.flatten(outputs)] == [2] * len(keras.tree.flatten(outputs))


def test_compiled_anew(trained):
    optimizer, loss = keras.optimizers.SGD(0.1), trained.task.loss
    arguments = {} if trained.head == "RetinaNetObjectDetector" else {"loss": loss, "metrics": None}
    trained.task.compile(optimizer, **arguments)
    assert trained.task.optimizer is optimizer
