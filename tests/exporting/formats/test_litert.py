import keras
import numpy as np
import pytest

from keras_mobilevitv3 import build_classifier
from keras_mobilevitv3.demo.artefacts import run_litert
from keras_mobilevitv3.exporting.keras_exports import export_litert
from tests.tiny_networks import SHALLOW, tiny_classifier

tensorflow_only = pytest.mark.backend("tensorflow")


@tensorflow_only
@pytest.mark.release  # test_runtimes.py runs what `export` writes
def test_same_numbers_at_any_batch_size(tmp_path):
    """Of the separable family; `test_demo.py` exports the other one."""
    model = build_classifier(SHALLOW["separable"], weights=None, classes=5, input_shape=(64, 96, 3))
    path = export_litert(model, str(tmp_path / "net.tflite"))
    assert [path] == list(tmp_path.iterdir())
    for count in (1, 3):
        images = np.random.default_rng(0).uniform(0, 255, (count, 64, 96, 3)).astype("float32")
        np.testing.assert_allclose(run_litert(path, images), model(images), atol=1e-5)


@tensorflow_only
def test_the_file_that_was_there_stays_after_an_error(tmp_path, monkeypatch):
    def broken_export(self, filepath, **kwargs):
        filepath.write_text("half")
        raise OSError("the disk is full")

    monkeypatch.setattr(keras.Model, "export", broken_export)
    old = b"\0\0\0\0TFL3 a former model"
    (tmp_path / "net.tflite").write_bytes(old)
    with pytest.raises(OSError, match="full"):
        export_litert(tiny_classifier("separable", input_shape=(64, 64, 3)), tmp_path / "net.tflite")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [old]


@pytest.mark.once
def test_wrong_suffix(tmp_path):
    with pytest.raises(ValueError, match=r"`path` must end in \.tflite. Received"):
        export_litert(tiny_classifier("separable", input_shape=(64, 64, 3)), tmp_path / "net.lite")


@pytest.mark.once
def test_any_size(tmp_path):
    with pytest.raises(ValueError, match="fixed input size for LiteRT. Received"):
        export_litert(tiny_classifier("separable"), tmp_path / "net.tflite")
