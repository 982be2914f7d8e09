"""Every command through `main`; errors are one line on stderr and exit code 2."""

import json
import subprocess
import sys
import warnings

import keras
import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from keras_mobilevitv3 import __version__, export_checkpoint, list_variants
from keras_mobilevitv3.cli import main
from keras_mobilevitv3.commands import COMMANDS
from keras_mobilevitv3.commands.checkpoint_classes import number_of_classes
from keras_mobilevitv3.commands.model_input import prepare_images
from keras_mobilevitv3.commands.predict import probabilities
from keras_mobilevitv3.preprocessing import evaluation_transform
from keras_mobilevitv3.weights import readers
from tests.tiny_networks import tiny_classifier

pytestmark = pytest.mark.usefixtures("tiny_variants")

NAMES = ("temple", "flower", "cat", "dog", "sky")


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "china.jpg"
    Image.fromarray(load_sample_image("china.jpg")).save(path, quality=95)
    return str(path)


@pytest.fixture
def class_file(tmp_path):
    path = tmp_path / "classes.txt"
    path.write_text("\n".join(NAMES) + "\n")
    return str(path)


def save_model(path, attention="multi_head", **kwargs):
    model = tiny_classifier(attention, **kwargs)
    model.save(path)
    return model


def run_json(capsys, *argv):
    assert main([str(argument) for argument in (*argv, "--json")]) == 0
    return json.loads(capsys.readouterr().out)


def test_help_of_the_module():
    process = subprocess.run([sys.executable, "-m", "keras_mobilevitv3", "--help"], capture_output=True, text=True)
    assert process.returncode == 0
    assert all(command.NAME in process.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", [command.NAME for command in COMMANDS])
def test_help_of_a_command(command, capsys):
    assert main([command, "--help"]) == 0
    assert f"usage: keras-mobilevitv3 {command}" in capsys.readouterr().out


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"keras-mobilevitv3 {__version__}\n"


@pytest.mark.parametrize(
    "argv", [[], ["bake"], ["list", "--no-such-option"], ["convert", "a.pt"], ["demo", "--seed", "x"]]
)
def test_wrong_arguments(argv, fails):
    fails(*argv)


def test_an_unexpected_error_is_one_line_too(fails, monkeypatch):
    def broken(arguments):
        raise KeyError("first line\nsecond line")

    monkeypatch.setattr("keras_mobilevitv3.commands.list_variants.run", broken)
    assert "KeyError: 'first line" in fails("list")


def test_interrupt(capsys, monkeypatch):
    def interrupted(arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("keras_mobilevitv3.commands.list_variants.run", interrupted)
    assert main(["list"]) == 130
    assert capsys.readouterr().err == "keras-mobilevitv3: error: interrupted\n"


def test_list(capsys):
    assert main(["list"]) == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list_variants()
    assert any(line.startswith("mobilevitv3_xs ") and line.endswith("76.71*") for line in lines)


def test_list_json(capsys):
    rows = run_json(capsys, "list", "mobilevitv3_*_l2")
    assert [row["variant"] for row in rows] == ["mobilevitv3_s_l2", "mobilevitv3_xs_l2", "mobilevitv3_xxs_l2"]
    assert rows[0]["top1"] == 79.06 and rows[0]["imagenet_weights"] and rows[0]["attention_depths"] == [2, 2, 3]


def test_list_of_networks_without_weights(capsys):
    (row,) = run_json(capsys, "list", "mobilevitv3_200")
    assert row["top1"] is None and not row["imagenet_weights"]


def test_list_markdown(capsys):
    assert main(["list", "tiny_separable", "--markdown"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("| `tiny_separable` | `build_classifier` | 0.0")


def test_list_without_a_match(fails):
    assert "no network matches 'resnet*'" in fails("list", "resnet*")


def test_profile(capsys):
    assert main(["profile", "tiny_multi_head", "--size", "64", "96"]) == 0
    out = capsys.readouterr().out
    assert "tiny_multi_head at 64x96x3" in out and "total" in out


def test_profile_json(capsys):
    costs = run_json(capsys, "profile", "tiny_multi_head", "--size", "64")
    assert costs["input_shape"] == [64, 64, 3]
    assert costs["parameters"] == sum(stage["parameters"] for stage in costs["stages"]) > 0


@pytest.mark.parametrize("size", [["31"], ["64", "64", "3"], ["-1"], ["a"]])
def test_profile_of_a_wrong_size(size, fails):
    assert "--size" in fails("profile", "mobilevitv3_xs", "--size", *size)


def test_profile_of_an_unknown_network(fails):
    assert "mobilevitv9" in fails("profile", "mobilevitv9")


@pytest.mark.parametrize("attention", ["multi_head", "separable"])
def test_predict_with_a_weights_file(attention, photo, class_file, tmp_path, capsys):
    weights = tmp_path / "five.weights.h5"
    tiny_classifier(attention).save_weights(weights)
    common = ("predict", photo, "--variant", f"tiny_{attention}", "--weights", weights)
    (result,) = run_json(capsys, *common, "--classes", class_file)
    best = result["predictions"]
    assert result["image"] == photo and {entry["name"] for entry in best} == set(NAMES)
    np.testing.assert_allclose(sum(entry["score"] for entry in best), 1, atol=1e-5)
    assert main([str(argument) for argument in (*common, "--top", "2")]) == 0
    path, *lines = capsys.readouterr().out.splitlines()
    assert path == photo and len(lines) == 2 and lines[0].endswith(f"class {best[0]['class']}")


def test_predict_several_pictures_with_a_keras_file(photo, tmp_path, capsys):
    model = save_model(tmp_path / "model.keras", input_shape=(64, 96, 3))
    other = tmp_path / "other.png"
    Image.fromarray(np.full((70, 200, 3), 255, "uint8")).save(other)
    first, second = run_json(capsys, "predict", photo, other, "--weights", tmp_path / "model.keras")
    white = keras.ops.convert_to_numpy(model(np.full((1, 64, 96, 3), 255.0)))[0]
    scores = {entry["class"]: entry["score"] for entry in second["predictions"]}
    np.testing.assert_allclose([scores[index] for index in range(5)], white, atol=1e-5)
    assert first["predictions"] != second["predictions"]


def test_a_picture_of_the_size_of_the_model_is_not_changed(tmp_path):
    model = tiny_classifier("multi_head", input_shape=(64, 64, 3))
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype="uint8")
    Image.fromarray(pixels).save(tmp_path / "noise.png")
    images = prepare_images(model, [tmp_path / "noise.png"])
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(images)[0], pixels)


@pytest.mark.parametrize("size", [256, 384])
def test_sizes_of_published_evaluations(size, tmp_path):
    """Those of 384x384 are resized to it, without a margin."""
    model = tiny_classifier("separable", input_shape=(size, size, 3))
    pixels = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype="uint8")
    Image.fromarray(pixels).save(tmp_path / "noise.png")
    images = prepare_images(model, [tmp_path / "noise.png"])
    expected = evaluation_transform("separable", size)([tmp_path / "noise.png"])
    np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (images, expected)))


def test_a_model_without_preprocessing_gets_0_to_1(tmp_path):
    backbone = tiny_classifier("multi_head", input_shape=(64, 64, 3), include_preprocessing=False)
    model = keras.Sequential([keras.Input((64, 64, 3)), backbone])  # the layers are found inside the inner model
    Image.fromarray(np.full((64, 64, 3), 255, "uint8")).save(tmp_path / "white.png")
    images = keras.ops.convert_to_numpy(prepare_images(model, [tmp_path / "white.png"]))
    np.testing.assert_array_equal(images, np.ones((1, 64, 64, 3), "float32"))


def test_logits_become_probabilities():
    logits = np.array([[1.0, 3.0, -2.0]])
    expected = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(probabilities(logits), expected)
    assert probabilities(expected) is expected


def test_predict_without_files(photo, tmp_path, fails):
    assert "no file 'nothing.jpg'" in fails("predict", "nothing.jpg")
    assert "no file 'names.txt'" in fails("predict", photo, "--classes", "names.txt")
    assert "--weights" in fails("predict", photo, "--weights", tmp_path / "none.pt")
    assert "--top" in fails("predict", photo, "--top", "0")


def test_predict_with_wrong_files(photo, class_file, tmp_path, fails):
    (tmp_path / "bad.keras").write_bytes(b"PK no zip")
    fails("predict", photo, "--weights", tmp_path / "bad.keras")
    (tmp_path / "bad.pt").write_bytes(b"PK no zip")
    assert "bad.pt" in fails("predict", photo, "--weights", tmp_path / "bad.pt")
    weights = tmp_path / "five.weights.h5"
    tiny_classifier("multi_head").save_weights(weights)
    common = ("predict", photo, "--variant", "tiny_separable", "--weights", weights)
    assert "does not fit" in fails(*common)
    (tmp_path / "text.jpg").write_text("no picture")
    fails("predict", tmp_path / "text.jpg", "--variant", "tiny_multi_head", "--weights", weights)


def test_predict_with_the_wrong_number_of_names(photo, tmp_path, fails):
    save_model(tmp_path / "model.keras", input_shape=(64, 64, 3), classes=3)
    (tmp_path / "names.txt").write_text("one\ntwo\n")
    arguments = ("--weights", tmp_path / "model.keras", "--classes", tmp_path / "names.txt")
    assert "one line for each of the 3 classes" in fails("predict", photo, *arguments)


def test_predict_with_a_model_that_is_no_classifier(photo, tmp_path, fails):
    save_model(tmp_path / "features.keras", include_top=False)
    assert "not an image classifier" in fails("predict", photo, "--weights", tmp_path / "features.keras")
    keras.Sequential([keras.Input((64, 64, 3)), keras.layers.GlobalMaxPooling2D()]).save(tmp_path / "pool.keras")
    assert "no MobileViT block" in fails("predict", photo, "--weights", tmp_path / "pool.keras")


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize("attention", ["multi_head", "separable"])
def test_convert_there_and_back(attention, suffix, tmp_path, capsys):
    first, back = tmp_path / f"first{suffix}", tmp_path / f"back{suffix}"
    export_checkpoint(tiny_classifier(attention), first)
    converted = tmp_path / "keras.weights.h5"
    variant = ("--variant", f"tiny_{attention}")
    assert main(["convert", str(first), *variant, "--out", str(converted)]) == 0
    tensors = readers.read_state_dict(first)
    out = capsys.readouterr().out
    assert "with 5 classes" in out and f"tensors loaded: {len(tensors)}, left out: 0" in out
    assert main(["convert", str(converted), *variant, "--out", str(back)]) == 0
    again = readers.read_state_dict(back)
    assert again.keys() == tensors.keys()
    assert all(np.array_equal(again[name], tensors[name]) for name in tensors)
    assert {path.name for path in tmp_path.iterdir()} == {first.name, back.name, converted.name}


def test_convert_writes_to_the_working_folder_by_default(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    export_checkpoint(tiny_classifier("separable"), tmp_path / "net.ema.pt")
    assert main(["convert", "net.ema.pt", "--variant", "tiny_separable"]) == 0
    assert (tmp_path / "net.weights.h5").is_file()


def test_convert_to_another_number_of_classes(tmp_path, capsys):
    source, target = tmp_path / "five.pt", tmp_path / "seven.weights.h5"
    export_checkpoint(tiny_classifier("multi_head"), source)
    arguments = ["convert", str(source), "--variant", "tiny_multi_head", "--classes", "7", "--out", str(target)]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        assert main(arguments) == 0
    assert not [warning for warning in caught if issubclass(warning.category, UserWarning)]
    out = capsys.readouterr().out
    assert "left out: 2" in out and "classifier.fc.weight" in out
    report = run_json(capsys, *arguments)
    assert report["skipped"] == ["classifier.fc.weight", "classifier.fc.bias"] and report["classes"] == 7
    assert number_of_classes(target) == 7


def test_channel_order(tmp_path):
    source, target = tmp_path / "bgr.pt", tmp_path / "rgb.safetensors"
    model = tiny_classifier("separable")
    export_checkpoint(model, source, channel_order="bgr")
    arguments = ["--variant", "tiny_separable", "--channel-order", "bgr", "--out", str(target)]
    assert main(["convert", str(source), *arguments]) == 0
    stem = "conv_1.block.conv.weight"
    stems = [readers.read_state_dict(path)[stem] for path in (source, target)]
    np.testing.assert_array_equal(stems[0][:, ::-1], stems[1])


@pytest.mark.parametrize("attention", ["multi_head", "separable"])
def test_number_of_classes(attention, tmp_path):
    model = tiny_classifier(attention)
    export_checkpoint(model, tmp_path / "a.pt")
    model.save_weights(tmp_path / "a.weights.h5")
    model.save(tmp_path / "a.keras")
    assert [number_of_classes(tmp_path / name) for name in ("a.pt", "a.weights.h5", "a.keras")] == [5, 5, 5]


def test_a_checkpoint_without_classifier(tmp_path, fails):
    features = tiny_classifier("separable", include_top=False)
    features.save_weights(tmp_path / "a.weights.h5")
    export_checkpoint(features, tmp_path / "a.pt")
    for name in ("a.pt", "a.weights.h5"):
        message = fails("convert", tmp_path / name, "--variant", "tiny_separable", "--out", tmp_path / "b.pt")
        assert "has no classifier" in message


def test_convert_with_wrong_files(tmp_path, fails):
    common = ("--variant", "tiny_separable", "--out", tmp_path / "b.pt")
    assert "no checkpoint" in fails("convert", tmp_path / "none.pt", *common)
    for name in ("bad.pt", "bad.pdparams", "bad.safetensors", "bad.weights.h5", "bad.keras", "bad.bin"):
        (tmp_path / name).write_bytes(b"nothing of the kind")
        assert name in fails("convert", tmp_path / name, *common)
    arguments = ("convert", tmp_path / "bad.pt", "--variant", "tiny_separable", "--out")
    assert "--out must end in" in fails(*arguments, "b.onnx")
    assert "itself" in fails(*arguments, tmp_path / "bad.pt")
    assert "no folder" in fails(*arguments, tmp_path / "none" / "b.pt")
    assert not (tmp_path / "b.pt").exists()


def test_convert_to_the_wrong_network(tmp_path, fails):
    export_checkpoint(tiny_classifier("multi_head"), tmp_path / "a.pt")
    common = ("convert", tmp_path / "a.pt", "--out", tmp_path / "b.weights.h5")
    fails(*common, "--variant", "tiny_separable")
    fails(*common, "--variant", "no_such_network")
    assert [path.name for path in tmp_path.iterdir()] == ["a.pt"]


@pytest.mark.parametrize(("accuracy", "code"), [(0.97, 0), (0.96, 1)])
def test_demo(accuracy, code, monkeypatch, capsys):
    calls = []

    def fake_demo(folder, epochs, seed):
        calls.append((folder, epochs, seed))
        print("training")
        return {"accuracy": accuracy, "seconds": 1.0, "differences": {}}

    monkeypatch.setattr("keras_mobilevitv3.demo.run_demo", fake_demo)
    assert main(["demo", "--out", "folder", "--epochs", "3", "--seed", "4"]) == code
    captured = capsys.readouterr()
    assert captured.out == "training\n" and ("The test accuracy of 96.00% is below 97%" in captured.err) == bool(code)
    assert main(["demo", "--json"]) == code
    captured = capsys.readouterr()
    assert json.loads(captured.out)["accuracy"] == accuracy and captured.err.startswith("training\n")
    assert calls == [("folder", 3, 4), ("demo", 8, 0)]


def test_demo_with_wrong_arguments_or_extras(fails, monkeypatch, tmp_path):
    assert "--epochs" in fails("demo", "--epochs", "0")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert "keras-mobilevitv3[train]" in fails("demo", "--out", tmp_path)
