import shutil
import zipfile

import h5py
import keras
import numpy as np
import pytest

from keras_mobilevitv3.weights.errors import CheckpointError
from keras_mobilevitv3.weights.file_formats.keras_file import load_keras_archive, load_keras_weights
from keras_mobilevitv3.weights.loading import load_checkpoint
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


def own_classifier(features, around):
    """A classifier as users build it on features."""
    dense = keras.layers.Dense(3, name="own")
    if around == "sequential":
        return keras.Sequential([keras.Input((64, 64, 3)), features, keras.layers.Dropout(0.1), dense])
    images = keras.Input((64, 64, 3))
    if around == "functional":
        return keras.Model(images, dense(features(keras.layers.Normalization(mean=1.0, variance=2.0)(images))))
    if around == "sequential in functional":
        return keras.Model(images, dense(keras.Sequential([features])(images)))
    return keras.Model(features.input, dense(features.output))


@pytest.mark.once
@pytest.mark.parametrize(
    ("around", "suffix"),
    [
        ("sequential", ".keras"),
        ("functional", ".weights.h5"),
        ("sequential in functional", ".keras"),
        ("on the output", ".weights.h5"),
    ],
)
def test_the_network_inside_of_an_own_classifier(around, suffix, tmp_path):
    features = tiny_classifier("multi_head", include_top=False, pooling="avg", input_shape=(64, 64, 3))
    own = own_classifier(features, around)
    save = own.save if suffix == ".keras" else own.save_weights
    save(tmp_path / f"own{suffix}")
    model = tiny_classifier("multi_head", include_top=False)
    with pytest.warns(UserWarning, match="Not loaded from .*own/vars/0"):
        report = load_checkpoint(model, tmp_path / f"own{suffix}")
    assert len(report.loaded) == len(model.weights)
    assert_loaded(model, features)
    with pytest.raises(CheckpointError, match=r"Weights of the model that the file lacks \(2\): predictions"):
        load_checkpoint(tiny_classifier("multi_head"), tmp_path / f"own{suffix}")


@pytest.mark.once
def test_an_own_classifier_goes_into_itself(tmp_path):
    models = [
        own_classifier(tiny_classifier("multi_head", include_top=False, pooling="avg", name="features"), "sequential")
        for _ in range(2)
    ]
    models[0].save_weights(tmp_path / "own.weights.h5")
    _, skipped, kept = load_keras_weights(models[1], tmp_path / "own.weights.h5")
    assert skipped == kept == ()
    for mine, its in zip(models[1].get_weights(), models[0].get_weights(), strict=True):
        np.testing.assert_array_equal(mine, its)


@pytest.mark.once
def test_a_file_of_two_networks_is_refused(tmp_path):
    images = keras.Input((64, 64, 3))
    features = [
        tiny_classifier("multi_head", include_top=False, pooling="avg", name=f"features{number}") for number in range(2)
    ]
    both = keras.Model(images, keras.layers.Concatenate()([each(images) for each in features]))
    both.save_weights(tmp_path / "both.weights.h5")
    with pytest.raises(CheckpointError, match="holds networks in features0/layers/, features1/layers/"):
        load_keras_weights(tiny_classifier("multi_head", include_top=False), tmp_path / "both.weights.h5")
