import keras
import numpy as np
import pytest

from keras_mobilevitv3 import build_classifier
from keras_mobilevitv3.demo.artefacts import run_saved_model
from keras_mobilevitv3.exporting.keras_exports import export_saved_model
from keras_mobilevitv3.layers import ConvNormAct
from tests.tiny_networks import SHALLOW, tiny_classifier

tensorflow_only = pytest.mark.backend("tensorflow")


def photos(count, height, width):
    return np.random.default_rng(0).uniform(0, 255, (count, height, width, 3)).astype("float32")


@tensorflow_only
@pytest.mark.release  # test_serving_model.py runs what `export` writes
def test_same_numbers_at_any_batch_size(tmp_path):
    """Of the separable family; `test_demo.py` exports the other one."""
    model = build_classifier(SHALLOW["separable"], weights=None, classes=5, input_shape=(64, 96, 3))
    path = export_saved_model(model, tmp_path / "net")
    assert path == tmp_path / "net"
    for count in (1, 3):
        images = photos(count, 64, 96)
        np.testing.assert_allclose(run_saved_model(path, images), model(images), atol=1e-5)


@tensorflow_only
def test_a_former_model_is_replaced_and_nothing_else(tmp_path):
    small, large = (keras.Sequential([keras.Input((4,)), keras.layers.Dense(units)]) for units in (1, 2))
    for model in (small, large):
        export_saved_model(model, str(tmp_path / "net"))
    assert [path.name for path in tmp_path.iterdir()] == ["net"]
    assert run_saved_model(tmp_path / "net", np.zeros((1, 4), "float32")).shape == (1, 2)
    (tmp_path / "net" / "notes.txt").write_text("of the user")
    with pytest.raises(FileExistsError, match="'notes.txt' in it was not written"):
        export_saved_model(small, tmp_path / "net")
    assert (tmp_path / "net" / "notes.txt").read_text() == "of the user"


@tensorflow_only
def test_nothing_stays_after_an_error(tmp_path, monkeypatch):
    def broken_export(self, filepath, **kwargs):
        filepath.mkdir()
        (filepath / "half").write_text("half")
        raise OSError("the disk is full")

    monkeypatch.setattr(keras.Model, "export", broken_export)
    (tmp_path / "net").mkdir()
    with pytest.raises(OSError, match="full"):
        export_saved_model(tiny_classifier("separable"), tmp_path / "net")
    assert [path.name for path in tmp_path.rglob("*")] == ["net"]


@pytest.mark.backend("torch")
@pytest.mark.release  # tests/exporting/test_export_model.py exports from another backend too
def test_another_backend_exports_in_a_tensorflow_process(tmp_path):
    model = keras.Sequential([keras.Input((8, 8, 3)), ConvNormAct(4, strides=2)])  # a layer of this package
    images = photos(2, 8, 8)
    path = export_saved_model(model, tmp_path / "net")
    expected = keras.ops.convert_to_numpy(model(images))
    np.testing.assert_allclose(run_saved_model(path, images), expected, atol=1e-5 * np.abs(expected).max())
    assert [path.name for path in tmp_path.iterdir()] == ["net"]
