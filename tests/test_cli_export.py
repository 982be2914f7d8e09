"""`keras-mobilevitv3 export` through `main`."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_mobilevitv3 import DeepLabV3, SSDLite, export_checkpoint
from keras_mobilevitv3.cli import main
from keras_mobilevitv3.exporting import export_model
from keras_mobilevitv3.exporting.export_report import ExportReport
from keras_mobilevitv3.exporting.runtimes import open_artefact
from tests.check_layer import fill_weights
from tests.tiny_networks import SHALLOW, tiny_classifier

pytestmark = pytest.mark.usefixtures("tiny_variants")
REPORT = ExportReport(Path("net.onnx"), "onnx", "float32", 1e-7, 1e-8, 1e-3, "2 given images", 1234)


@pytest.fixture
def exports(monkeypatch):
    """Arguments of each call of `export`, which does nothing."""
    calls = []

    def fake_export(model, path, **arguments):
        calls.append({"model": model, "path": path, **arguments})
        return REPORT

    monkeypatch.setattr(export_model, "export", fake_export)
    return calls


def run(*argv):
    return main(["export", *map(str, argv)])


def same_weights(model, other):
    """Whether `other` has the weights of `model`, or a part of them."""
    expected = {weight.path: weight for weight in model.weights}
    assert len(other.weights) > 20
    for weight in other.weights:
        values = map(keras.ops.convert_to_numpy, (weight, expected[weight.path]))
        np.testing.assert_array_equal(*values, err_msg=weight.path)


@pytest.mark.backend("tensorflow")
def test_a_checkpoint_to_a_served_model(tmp_path, capsys):
    model = tiny_classifier("separable", input_shape=(64, 64, 3))
    fill_weights(model)
    export_checkpoint(model, tmp_path / "net.safetensors")
    (tmp_path / "names.txt").write_text("a\nb\nc\nd\ne\n")
    argv = ["--variant", "tiny_separable", "--weights", tmp_path / "net.safetensors", "--size", 64, "--json"]
    assert run(*argv, "--out", tmp_path / "served" / "net", "--classes", tmp_path / "names.txt") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["path"] == str(tmp_path / "served" / "net" / "1")
    assert (tmp_path / "served" / "net" / "1" / "assets" / "class_names.txt").read_text().split() == list("abcde")
    images = np.random.default_rng(0).uniform(0, 255, (2, 64, 64, 3)).astype("float32")
    np.testing.assert_allclose(open_artefact(report["path"], "saved_model")(images)["scores"], model(images), atol=1e-5)


@pytest.mark.once
def test_a_detector_without_decoding(tmp_path, exports, capsys):
    model = SSDLite(SHALLOW["multi_head"], classes=3, input_shape=(64, 64, 3))
    fill_weights(model)
    model.save_weights(tmp_path / "net.weights.h5")
    argv = ["--variant", "tiny_multi_head", "--head", "ssdlite", "--weights", tmp_path / "net.weights.h5"]
    assert run(*argv, "--size", 64, "--out", "net.onnx", "--format", "onnx", "--raw", "--tolerance", 0.1) == 0
    assert capsys.readouterr().out == f"{REPORT}\n"
    (call,) = exports
    same_weights(model, call["model"])
    assert (call["path"], call["format"], call["postprocessing"], call["tolerance"]) == ("net.onnx", "onnx", False, 0.1)
    assert call["weights"].endswith("net.weights.h5")


@pytest.mark.once
def test_a_segmenter_without_its_auxiliary_head(tmp_path, exports):
    model = DeepLabV3(SHALLOW["separable"], classes=3, input_shape=(64, 64, 3), output_stride=8)
    fill_weights(model)
    export_checkpoint(model, tmp_path / "net.pt")
    argv = ["--variant", "tiny_separable", "--head", "deeplabv3", "--weights", tmp_path / "net.pt", "--output-stride"]
    assert run(*argv, 8, "--size", 64, "--out", "net", "--class-map", "--version", 3) == 0
    (call,) = exports
    same_weights(model, call["model"])
    assert len(call["model"].outputs) == 1 < len(model.outputs)
    assert (call["class_map"], call["version"]) == (True, 3)


@pytest.mark.once
def test_a_keras_file(tmp_path, exports):
    tiny_classifier("multi_head", input_shape=(64, 96, 3), include_preprocessing=False).save(tmp_path / "net.keras")
    argv = ["--weights", tmp_path / "net.keras", "--out", "net.tflite", "--format", "litert", "--precision", "float16"]
    assert run(*argv) == 0
    (call,) = exports
    assert (call["format"], call["precision"]) == ("litert", "float16")
    assert call["model"].input_shape == (None, 64, 96, 3)


@pytest.mark.once
def test_calibration_pictures(tmp_path, exports, capsys, fails):
    image = pytest.importorskip("PIL.Image")
    tiny_classifier("multi_head", input_shape=(64, 96, 3), include_preprocessing=False).save(tmp_path / "net.keras")
    pixels = np.random.default_rng(0).integers(0, 256, (64, 96, 3), "uint8")
    for name in "ab":
        image.fromarray(pixels).save(tmp_path / f"{name}.png")
    argv = ["--weights", tmp_path / "net.keras", "--out", "net.onnx", "--format", "onnx", "--precision", "int8"]
    assert run(*argv, "--calibration", tmp_path / "a.png", tmp_path / "b.png") == 0
    (call,) = exports
    np.testing.assert_allclose(call["calibration"], np.stack([pixels, pixels]) / 255.0, atol=1e-6)
    capsys.readouterr()
    assert "c.png" in fails("export", *argv, "--calibration", tmp_path / "a.png", tmp_path / "c.png")


@pytest.mark.once
def test_errors_are_one_line(tmp_path, fails):
    assert "--weights must be 'coco' or" in fails(
        "export", "--head", "ssdlite", "--weights", "imagenet", "--out", "net"
    )
    assert "no.txt" in fails("export", "--weights", "imagenet", "--classes", "no.txt", "--out", "net")
    assert "--weights" in fails("export", "--out", "net")
    tiny_classifier("separable", input_shape=(64, 64, 3)).save(tmp_path / "net.keras")
    argv = ["--weights", tmp_path / "net.keras", "--out", tmp_path / "net.onnx", "--format", "litert"]
    assert "`path` must end in .tflite" in fails("export", *argv)
