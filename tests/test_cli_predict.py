"""`keras-mobilevitv3 predict` through `main`."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from keras_mobilevitv3.classification.model_input import prepare_images
from keras_mobilevitv3.cli import main
from keras_mobilevitv3.preprocessing.published_evaluation import evaluation_transform
from tests.check_model import forward
from tests.command_output import run_json
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


@pytest.mark.once
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
    white = forward(model, np.full((1, 64, 96, 3), 255.0))[0]
    scores = {entry["class"]: entry["score"] for entry in second["predictions"]}
    np.testing.assert_allclose([scores[index] for index in range(5)], white, atol=1e-5)
    assert first["predictions"] != second["predictions"]


@pytest.mark.once
def test_a_picture_of_the_size_of_the_model_is_not_changed(tmp_path):
    model = tiny_classifier("multi_head", input_shape=(64, 64, 3))
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype="uint8")
    Image.fromarray(pixels).save(tmp_path / "noise.png")
    images = prepare_images(model, [tmp_path / "noise.png"])
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(images)[0], pixels)


@pytest.mark.once
@pytest.mark.parametrize("size", [256, 384])
def test_sizes_of_published_evaluations(size, tmp_path):
    """Those of 384x384 are resized to it, without a margin."""
    model = tiny_classifier("separable", input_shape=(size, size, 3))
    pixels = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype="uint8")
    Image.fromarray(pixels).save(tmp_path / "noise.png")
    images = prepare_images(model, [tmp_path / "noise.png"])
    expected = evaluation_transform("separable", size)([tmp_path / "noise.png"])
    np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (images, expected)))


@pytest.mark.once
def test_a_model_without_preprocessing_gets_0_to_1(tmp_path):
    backbone = tiny_classifier("multi_head", input_shape=(64, 64, 3), include_preprocessing=False)
    model = keras.Sequential([keras.Input((64, 64, 3)), backbone])  # the layers are found inside the inner model
    Image.fromarray(np.full((64, 64, 3), 255, "uint8")).save(tmp_path / "white.png")
    images = keras.ops.convert_to_numpy(prepare_images(model, [tmp_path / "white.png"]))
    np.testing.assert_array_equal(images, np.ones((1, 64, 64, 3), "float32"))


@pytest.mark.once
@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_one_bad_picture_of_several(suffix, tmp_path, capsys):
    save_model(tmp_path / "model.keras", input_shape=(64, 64, 3))
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(4):
        pixels = np.random.default_rng(number).integers(0, 256, (70, 90, 3), "uint8")
        Image.fromarray(pixels).save(folder / f"{number}.{suffix}")
    bad = folder / f"2.{suffix}"
    bad.write_bytes(bad.read_bytes()[: bad.stat().st_size // 2])
    argv = ["predict", str(folder), "--weights", str(tmp_path / "model.keras"), "--json"]
    assert main(argv) == 2
    captured = capsys.readouterr()
    assert [Path(report["image"]).stem for report in json.loads(captured.out)] == ["0", "1", "3"]
    (line,) = captured.err.splitlines()
    assert line.startswith("keras-mobilevitv3: error: ") and bad.name in line


def found_scores(capsys, *argv):
    """Scores that the command prints in JSON by class, after it has run."""
    (report,) = run_json(capsys, "predict", *argv)
    return {found["class"]: found["score"] for found in report["predictions"]}


@pytest.fixture
def scored(photo, tmp_path, capsys):
    """Function from a last activation to a saved classifier's arguments of the command and its outputs."""

    def save(classes, activation):
        model = save_model(
            tmp_path / "model.keras", input_shape=(64, 64, 3), classes=classes, classifier_activation=activation
        )
        outputs = model.predict(prepare_images(model, [photo]), verbose=0)[0]
        return (photo, "--weights", tmp_path / "model.keras"), outputs

    return save


@pytest.mark.once
def test_several_labels(scored, capsys, fails):
    arguments, outputs = scored(7, "sigmoid")
    found = found_scores(capsys, *arguments, "--top", 7)
    np.testing.assert_allclose([found[label] for label in range(7)], outputs, rtol=1e-5)
    threshold = np.sort(outputs)[2:4].mean()
    assert main([str(argument) for argument in ("predict", *arguments, "--threshold", threshold)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + 4
    assert main([str(argument) for argument in ("predict", *arguments, "--threshold", 1)]) == 0
    assert "nothing above the threshold" in capsys.readouterr().out
    assert "--activation must be 'none' or None for a model that ends in sigmoid" in fails(
        "predict", *arguments, "--activation", "softmax"
    )
    assert "--threshold must be in [0, 1]" in fails("predict", *arguments, "--threshold", "1.5")


@pytest.mark.once
@pytest.mark.parametrize("activation", ["sigmoid", None])
def test_one_unit_tells_two_classes(scored, capsys, fails, activation):
    arguments, outputs = scored(1, activation)
    second = outputs[0] if activation else 1 / (1 + np.exp(-outputs[0]))
    assert found_scores(capsys, *arguments) == pytest.approx({0: 1 - second, 1: second}, rel=1e-5)
    assert "--threshold is for models of several labels" in fails("predict", *arguments, "--threshold", "0.5")


@pytest.mark.once
def test_logits_are_of_one_class_each_unless_told(scored, capsys):
    arguments, outputs = scored(3, None)
    exponentials = np.exp(outputs - outputs.max())
    expected = exponentials / exponentials.sum()
    assert found_scores(capsys, *arguments) == pytest.approx(dict(enumerate(expected)), rel=1e-4)
    found = found_scores(capsys, *arguments, "--activation", "sigmoid")
    assert found == pytest.approx(dict(enumerate(1 / (1 + np.exp(-outputs)))), rel=1e-4)


@pytest.mark.once
def test_outputs_of_which_nothing_is_known(scored, capsys, fails):
    arguments, outputs = scored(3, "softplus")
    assert "meaning of the outputs is unknown" in fails("predict", *arguments)
    found = found_scores(capsys, *arguments, "--activation", "none")
    assert found == pytest.approx(dict(enumerate(outputs)), rel=1e-4)


@pytest.mark.once
def test_predict_without_files(photo, tmp_path, fails):
    assert "no file 'nothing.jpg'" in fails("predict", "nothing.jpg")
    assert "no file 'names.txt'" in fails("predict", photo, "--classes", "names.txt")
    assert "--weights" in fails("predict", photo, "--weights", tmp_path / "none.pt")
    assert "--top" in fails("predict", photo, "--top", "0")


@pytest.mark.once
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


@pytest.mark.once
def test_predict_with_the_wrong_number_of_names(photo, tmp_path, fails):
    save_model(tmp_path / "model.keras", input_shape=(64, 64, 3), classes=3)
    (tmp_path / "names.txt").write_text("one\ntwo\n")
    arguments = ("--weights", tmp_path / "model.keras", "--classes", tmp_path / "names.txt")
    assert "one line for each of the 3 classes" in fails("predict", photo, *arguments)


@pytest.mark.once
def test_predict_with_a_model_that_is_no_classifier(photo, tmp_path, fails):
    save_model(tmp_path / "features.keras", include_top=False)
    assert "not an image classifier" in fails("predict", photo, "--weights", tmp_path / "features.keras")
    keras.Sequential([keras.Input((64, 64, 3)), keras.layers.GlobalMaxPooling2D()]).save(tmp_path / "pool.keras")
    assert "is a feature extractor" in fails("predict", photo, "--weights", tmp_path / "pool.keras")
