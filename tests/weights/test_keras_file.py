import shutil
import zipfile

import h5py
import keras
import numpy as np
import pytest

from keras_mobilevitv3.weights.errors import CheckpointError
from keras_mobilevitv3.weights.keras_file import load_keras_archive, load_keras_weights
from tests.tiny_networks import tiny_classifier


@pytest.fixture
def weights_file(saved, tmp_path):
    """A file of a classifier, to be changed."""
    return shutil.copy(saved.file("multi_head", ".weights.h5"), tmp_path / "source.weights.h5")


@pytest.fixture(scope="module")
def model():
    """A model into which nothing is loaded."""
    return tiny_classifier("multi_head")


def arrays(model):
    return {weight.path: keras.ops.convert_to_numpy(weight) for weight in model.weights}


def assert_loaded(model, source, but=()):
    expected = arrays(source)
    for path, array in arrays(model).items():
        if not path.startswith(tuple(but)):
            np.testing.assert_array_equal(array, expected[path])


@pytest.mark.once
def test_archive_of_a_compiled_model(tmp_path):
    source, model = tiny_classifier("multi_head"), tiny_classifier("multi_head")
    source.compile("adam", "sparse_categorical_crossentropy")
    source.save(tmp_path / "source.keras")
    loaded, skipped, _ = load_keras_archive(model, tmp_path / "source.keras")
    assert len(loaded) == len(model.weights) and skipped == ()
    assert_loaded(model, source)


@pytest.mark.once
def test_a_new_classifier_keeps_its_weights(saved):
    model = tiny_classifier("multi_head", classes=3)
    before = arrays(model)
    loaded, skipped, _ = load_keras_weights(model, saved.file("multi_head", ".weights.h5"))
    assert skipped == ("predictions/vars/0", "predictions/vars/1")
    assert_loaded(model, saved.models["multi_head"], but=["predictions"])
    for path in ("predictions/kernel", "predictions/bias"):
        np.testing.assert_array_equal(arrays(model)[path], before[path])


@pytest.mark.once
def test_nothing_is_touched_where_the_file_does_not_fit(saved, model):
    before = arrays(model)
    with pytest.raises(CheckpointError, match=r"separable.weights.h5 does not fit the model; nothing was loaded"):
        load_keras_weights(model, saved.file("separable", ".weights.h5"))
    after = arrays(model)
    for path, array in before.items():
        np.testing.assert_array_equal(array, after[path])


@pytest.mark.once
@pytest.mark.parametrize("keep", [0, 100, 0.5])
def test_a_truncated_file_is_refused(weights_file, model, keep):
    data = weights_file.read_bytes()
    weights_file.write_bytes(data[: int(keep * len(data)) if keep < 1 else keep])
    with pytest.raises(CheckpointError, match="not a weights file of Keras, or damaged"):
        load_keras_weights(model, weights_file)


@pytest.mark.once
def test_an_archive_without_weights_is_refused(model, tmp_path):
    with zipfile.ZipFile(tmp_path / "empty.keras", "w") as archive:
        archive.writestr("config.json", "{}")
    for name, content in (("empty.keras", None), ("text.keras", b"text")):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(CheckpointError, match=f"{name} is not a Keras model file"):
            load_keras_archive(model, tmp_path / name)


def test_tensors_kept_outside_of_the_file_are_refused(weights_file, model, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(np.ones(5, "<f4").tobytes())
    with h5py.File(weights_file, "r+") as file:
        variables = file["layers/dense/vars"]
        del variables["1"]
        variables.create_dataset("1", (5,), "<f4", external=[(str(secret), 0, 20)])
    with pytest.raises(CheckpointError, match="kept outside of the file"):
        load_keras_weights(model, weights_file)


def test_links_are_not_followed(weights_file, model, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["bias"] = np.ones(5, "float32")
    with h5py.File(weights_file, "r+") as file:
        del file["layers/dense/vars/1"]
        file["layers/dense/vars/1"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "bias")
    with pytest.raises(CheckpointError, match=r"file lacks \(1\): predictions/vars/1"):
        load_keras_weights(model, weights_file)
