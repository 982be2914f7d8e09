"""`keras_mobilevitv3.export`: what it checks, what it leaves behind, and what it says."""

import json
import runpy
import sys
from dataclasses import replace

import keras
import numpy as np
import pytest

import keras_mobilevitv3
from keras_mobilevitv3 import SSDLite, build_classifier, export
from keras_mobilevitv3.exporting import export_model, verify
from keras_mobilevitv3.exporting.formats import FORMATS
from keras_mobilevitv3.exporting.runtimes import open_artefact
from tests.check_model import forward
from tests.tiny_networks import SHALLOW

tensorflow_only = pytest.mark.backend("tensorflow")


@pytest.fixture
def model():
    return build_classifier(
        SHALLOW["separable"], weights=None, classes=5, input_shape=(64, 64, 3), name="mobilevitv3_100"
    )


@pytest.fixture
def quick_writer(monkeypatch):
    """Writes the text of a file instead of a model; neither it nor the Keras model is run."""

    def write(model, path, format, precision, **options):
        if format == "saved_model":
            path.mkdir()
            path /= "saved_model.pb"
        path.write_text("model")

    class Runtime:
        error = 0.0

    def open_file(path, format):
        assert (path / "saved_model.pb" if format == "saved_model" else path).read_text() == "model"
        return lambda images: {"scores": scores(images) + Runtime.error}

    def scores(images):
        return np.full((len(images), 5), 0.2)

    monkeypatch.setattr(export_model, "write_artefact", write)
    monkeypatch.setattr(verify, "keras_outputs", lambda deployed, images: {"scores": scores(images)})
    monkeypatch.setattr(verify, "open_artefact", open_file)
    return Runtime


@pytest.mark.once
def test_the_function_takes_the_name_of_its_package():
    assert callable(keras_mobilevitv3.export)
    from keras_mobilevitv3.exporting.tensorflow_process import export_in_tensorflow

    assert callable(export_in_tensorflow)
    assert callable(keras_mobilevitv3.export)


@pytest.mark.once
def test_the_package_still_runs(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["export"])
    with pytest.raises(TypeError, match="format_name"):
        runpy.run_module("keras_mobilevitv3.exporting", run_name="__main__")


@pytest.mark.backend("jax", "torch")
@pytest.mark.release("jax")  # the other process does not know from which backend the file comes
def test_another_backend_exports_a_model_that_serves_its_numbers(model, tmp_path, capsys):
    images = np.random.default_rng(0).uniform(0, 255, (2, 64, 64, 3)).astype("float32")
    report = export(model, tmp_path / "served" / "net", samples=images, weights="imagenet")
    assert report.path == tmp_path / "served" / "net" / "1"
    assert 0 <= report.difference < 1e-5
    assert capsys.readouterr().out.strip() == str(report)
    scores = open_artefact(report.path, "saved_model")(images)["scores"]
    np.testing.assert_allclose(scores, forward(model, images), atol=1e-5)
    assert {path.name for path in report.path.parent.iterdir()} == {"1"}
    card = json.loads((report.path / "card.json").read_text())
    assert card["weights"]["license"].startswith("Micron")


@tensorflow_only
@pytest.mark.release
def test_a_served_detector_without_decoding_comes_with_its_anchors(tmp_path):
    model = SSDLite(SHALLOW["separable"], classes=3, input_shape=(64, 64, 3))
    images = np.random.default_rng(0).uniform(0, 255, (2, 64, 64, 3)).astype("float32")
    report = export(model, tmp_path / "net", samples=images, postprocessing=False, verbose=False)
    outputs = open_artefact(report.path, "saved_model")(images)
    for name, values in model(images).items():
        np.testing.assert_allclose(outputs[name], values, atol=1e-5)
    np.testing.assert_array_equal(np.load(report.path / "anchors.npy"), model.anchors)
    card = json.loads((report.path / "card.json").read_text())
    assert card["anchors"] == "anchors.npy" and "exp" in card["decoding"]


@pytest.mark.once
def test_versions_follow_each_other(model, tmp_path, monkeypatch, quick_writer):
    monkeypatch.setattr(export_model, "write_beside", lambda *arguments: None)
    path = tmp_path / "net"
    versions = [export(model, path, version=version, verbose=False).path.name for version in (None, None, 7, None, 3)]
    assert versions == ["1", "2", "7", "8", "3"]


@pytest.mark.once
def test_a_version_is_replaced_only_if_told_so(model, tmp_path, quick_writer):
    first = export(model, tmp_path, version=3, verbose=False)
    served = first.path
    assert not first.replaced and "is replaced" not in str(first)
    for overwrite in (None, False):
        with pytest.raises(FileExistsError, match=r"3' exists\. It is replaced only if `overwrite=True`"):
            export(model, tmp_path, version=3, overwrite=overwrite)
    again = export(model, tmp_path, version=3, overwrite=True, verbose=False)
    assert again.replaced and str(again).endswith("; the former 3 is replaced")
    (served / "notes.txt").write_text("of the user")
    with pytest.raises(FileExistsError, match="'notes.txt' in it was not written"):
        export(model, tmp_path, version=3, overwrite=True)
    (served / "notes.txt").unlink()
    (served / "card.md").write_text("changed by the user")
    with pytest.raises(FileExistsError, match="'card.md' in it was not written"):
        export(model, tmp_path, version=3, overwrite=True)
    assert (served / "card.md").read_text() == "changed by the user"
    assert {path.name for path in tmp_path.iterdir()} == {"3"}


@pytest.mark.once
def test_a_file_is_replaced_unless_told_otherwise(model, tmp_path, quick_writer):
    path = tmp_path / "net.onnx"
    path.write_bytes(b"\x08\x08 a former model")
    with pytest.raises(FileExistsError, match="`overwrite` is false"):
        export(model, path, format="onnx", overwrite=False)
    assert export(model, path, format="onnx", verbose=False).replaced
    assert path.read_text() == "model"


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "format", "kept"),
    [
        ("net.onnx", "onnx", "net.onnx/results.csv"),  # a folder where the file goes
        ("net.onnx", "onnx", "net.onnx.card.json/results.csv"),
        ("net.tflite", "litert", "net.tflite.card.md/results.csv"),
        ("net.xml", "openvino", "net.bin"),  # weights of something else, where those of net.xml go
        ("net.onnx", "onnx", "net.onnx"),  # a text file of that name
        ("served", "saved_model", "served"),  # a file where the folder goes
        ("served", "saved_model", "served/3"),
        ("served", "saved_model", "served/3/variables/results.csv"),
        ("served/net.onnx", "onnx", "served"),
    ],
)
@pytest.mark.parametrize("overwrite", [None, True])
def test_nothing_of_the_user_is_replaced(model, tmp_path, name, format, kept, overwrite):
    (tmp_path / kept).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / kept).write_text("1,2,3")
    version = 3 if format == "saved_model" else None
    with pytest.raises((FileExistsError, NotADirectoryError), match=tmp_path.name):
        export(model, tmp_path / name, format=format, version=version, overwrite=overwrite)
    assert (tmp_path / kept).read_text() == "1,2,3"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / kept]


@pytest.mark.once
@pytest.mark.parametrize("error", [0.5, np.nan])
def test_too_large_a_difference_leaves_nothing_behind(model, tmp_path, quick_writer, error):
    quick_writer.error = error
    for path, format in ((tmp_path / "new" / "net.onnx", "onnx"), (tmp_path / "served" / "net", "saved_model")):
        with pytest.raises(RuntimeError, match=r"`tolerance` must be larger .* Received: tolerance=0\.001"):
            export(model, path, format=format)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.once
def test_a_difference_that_is_allowed(model, tmp_path, quick_writer):
    quick_writer.error = 1e-3
    report = export(model, tmp_path / "net.onnx", format="onnx", tolerance=0.1, verbose=False)
    assert {path.name for path in tmp_path.iterdir()} == {"net.onnx", "net.onnx.card.json", "net.onnx.card.md"}
    assert report.absolute_difference == pytest.approx(1e-3, rel=1e-3)
    assert "photographs of scikit-learn" in str(report)


@pytest.mark.once
def test_what_was_there_stays_after_an_error(model, tmp_path, quick_writer):
    (tmp_path / "net.tflite").write_bytes(b"\0\0\0\0TFL3")
    quick_writer.error = 1.0
    with pytest.raises(RuntimeError):
        export(model, tmp_path / "net.tflite", format="litert")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("net.tflite", b"\0\0\0\0TFL3")]


@pytest.mark.once
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"format": "coreml"}, "`format` must be one of"),
        ({"precision": "float16"}, r"`precision` must be one of \['float32'\] for 'saved_model'"),
        ({"format": "onnx"}, r"`path` must end in \.onnx for 'onnx'"),
        ({"format": "litert", "path": "net.tflite", "precision": "int4"}, "`precision` must be one of .* for 'litert'"),
        ({"path": "net.onnx"}, r"`path` of a SavedModel must be a folder; \.onnx is the suffix"),
        ({"version": 0}, "`version` must be a positive integer"),
        ({"format": "onnx", "path": "net.onnx", "version": 2}, "`version` must be .* for a SavedModel"),
        ({"overwrite": "yes"}, "`overwrite` must be True, False or None"),
        ({"tolerance": -1}, "`tolerance` must be a finite number of at least 0"),
        ({"class_names": ["a", "b"]}, "`class_names` must be a sequence of 5 strings"),
        ({"samples": np.zeros((2, 32, 64, 3))}, r"`samples` must be images of shape \(batch, 64, 64, 3\)"),
        ({"samples": np.zeros((0, 64, 64, 3))}, "`samples` must be images of shape"),
    ],
)
def test_wrong_arguments(model, tmp_path, arguments, message):
    with pytest.raises(ValueError, match=f"{message}.*Received"):
        export(model, tmp_path / arguments.pop("path", "net"), **arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.once
def test_what_a_format_needs(model, tmp_path, monkeypatch):
    monkeypatch.setitem(FORMATS, "onnx", replace(FORMATS["onnx"], packages=("onnx", "no_such_package")))
    with pytest.raises(ImportError, match=r"'onnx' needs no_such_package\. .*keras-mobilevitv3\[export\]"):
        export(model, tmp_path / "net.onnx", format="onnx")


@pytest.mark.once
def test_no_model(tmp_path):
    with pytest.raises(ValueError, match="`model` must be a `Model`"):
        export(keras.layers.Dense(2), tmp_path / "net")
