"""`keras-mobilevitv3 detect` through `main`."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from keras_mobilevitv3 import SSDLite, export_checkpoint, predict_detections
from keras_mobilevitv3.cli import main
from keras_mobilevitv3.commands.checkpoint_contents import number_of_classes
from keras_mobilevitv3.commands.detect import coco_results, image_id
from keras_mobilevitv3.commands.detection_boxes import draw_detections
from keras_mobilevitv3.preprocessing import class_names, segmentation_palette
from tests.check_layer import fill_weights
from tests.tiny_networks import tiny_classifier

pytestmark = pytest.mark.usefixtures("tiny_variants")


@pytest.fixture
def photos(tmp_path):
    """Two photos, one named as those of COCO."""
    paths = [tmp_path / "china.png", tmp_path / "000000000139.png"]
    for path, size in zip(paths, ((140, 90), (80, 120))):
        Image.fromarray(load_sample_image("china.jpg")).resize(size).save(path)
    return list(map(str, paths))


def detector(attention="separable", **arguments):
    model = SSDLite(f"tiny_{attention}", **{"classes": 3, "input_shape": (64, 64, 3), **arguments})
    fill_weights(model)
    return model


@pytest.mark.once
@pytest.mark.parametrize(("attention", "suffix"), [("separable", ".weights.h5"), ("multi_head", ".safetensors")])
def test_pictures_and_results(attention, suffix, photos, tmp_path, capsys):
    model = detector(attention, confidence_threshold=0.4, order="score")
    weights, out = tmp_path / f"model{suffix}", tmp_path / "out"
    model.save_weights(weights) if suffix == ".weights.h5" else export_checkpoint(model, weights)
    assert number_of_classes(weights) == 3
    argv = ["detect", *photos, "--variant", f"tiny_{attention}", "--weights", weights, "--out", out, "--size", 64]
    assert main([str(argument) for argument in (*argv, "--threshold", 0.4, "--json")]) == 0
    reports = json.loads(capsys.readouterr().out)
    results = json.loads((out / "detections.json").read_text())
    expected = predict_detections(model, photos)
    assert [report["image"] for report in reports] == photos
    assert len(results) == sum(len(found["labels"]) for found in expected) > 0
    for report, found, number in zip(reports, expected, (1, 139)):
        mine = [each for each in results if each["image_id"] == number]
        assert [each["category_id"] for each in mine] == found["labels"].tolist()
        np.testing.assert_allclose([each["score"] for each in mine], found["confidence"], rtol=1e-4)
        boxes = np.array([each["bbox"] for each in mine]).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        np.testing.assert_allclose(boxes, found["boxes"], rtol=1e-4, atol=1e-3)
        assert [each["name"] for each in report["detections"]] == [f"class {label}" for label in found["labels"]]
        picture = np.asarray(Image.open(report["picture"]))
        photo = np.asarray(Image.open(report["image"]))
        assert picture.shape == photo.shape and (picture != photo).any() == bool(mine)


@pytest.mark.once
def test_a_folder_with_one_bad_picture(tmp_path, capsys):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(3):
        Image.fromarray(np.random.default_rng(number).integers(0, 256, (70, 90, 3), "uint8")).save(
            folder / f"{number}.png"
        )
    bad = folder / "1.png"
    bad.write_bytes(bad.read_bytes()[:1000])
    model = SSDLite("tiny_separable", classes=3, input_shape=(64, 64, 3))
    model.save(tmp_path / "model.keras")
    argv = ["detect", folder, "--weights", tmp_path / "model.keras", "--out", tmp_path / "out", "--json"]
    assert main([str(argument) for argument in argv]) == 2
    captured = capsys.readouterr()
    assert [Path(report["image"]).name for report in json.loads(captured.out)] == ["0.png", "2.png"]
    assert captured.err.startswith("keras-mobilevitv3: error: ") and "1.png" in captured.err
    assert (tmp_path / "out" / "detections.json").is_file()


@pytest.mark.once
def test_a_keras_file_with_names_of_its_own(photos, tmp_path, capsys, fails):
    detector().save(tmp_path / "model.keras")
    names = tmp_path / "names.txt"
    names.write_text("sky\nland\nwater\n")
    argv = ["detect", photos[0], "--weights", tmp_path / "model.keras", "--out", tmp_path, "--classes", names]
    assert main([str(argument) for argument in (*argv, "--threshold", 0.3)]) == 0
    assert re.search(r"\d+\.\d\d%  (sky|land|water)  \(\d+, \d+, \d+, \d+\)\n", capsys.readouterr().out)
    names.write_text("sky\nland\n")
    assert "must have one line for each of the 3 classes" in fails(*argv)


@pytest.mark.once
def test_wrong_files(photos, tmp_path, fails):
    out = ("--out", tmp_path / "out", "--variant", "tiny_separable")
    assert "there is no file 'missing.jpg'" in fails("detect", "missing.jpg", *out)
    assert "must differ in their names" in fails("detect", photos[0], photos[0], *out)
    assert "--threshold must be in [0, 1]" in fails("detect", photos[0], *out, "--threshold", 2)
    (tmp_path / "file").write_text("")
    message = fails("detect", photos[0], "--out", tmp_path / "file", "--variant", "tiny_separable")
    assert "--out must be a folder. Received: " in message
    message = fails("detect", photos[0], *out, "--weights", "missing.pt")
    assert "--weights must be 'coco' or an existing file" in message
    classifier = tiny_classifier("separable")
    classifier.save(tmp_path / "classifier.keras")
    message = fails("detect", photos[0], *out, "--weights", tmp_path / "classifier.keras")
    assert "is not a detector of this package" in message
    classifier.save_weights(tmp_path / "classifier.weights.h5")
    message = fails("detect", photos[0], *out, "--weights", tmp_path / "classifier.weights.h5")
    assert "does not fit SSDLite on tiny_separable" in message


@pytest.mark.once
def test_categories_of_coco():
    found = {
        "boxes": np.array([[1, 2, 11, 7]] * 2, "float32"),
        "labels": np.array([0, 79]),
        "confidence": np.array([0.5, 0.25], "float32"),
    }
    first, second = coco_results(found, 139, 80)
    assert first == {"image_id": 139, "category_id": 1, "bbox": [1.0, 2.0, 10.0, 5.0], "score": 0.5}
    assert second["category_id"] == 90
    assert coco_results({key: values[:1] for key, values in found.items()}, 1, 5)[0]["category_id"] == 0
    assert (image_id("a/000000000139.jpg", 7), image_id("a/photo.jpg", 7)) == (139, 7)


@pytest.mark.once
def test_boxes_on_a_picture():
    """Outlines in the colour of the class, tags inside the picture, the better box on top."""
    image = np.full((100, 200, 3), 100, "uint8")
    found = {
        "boxes": np.array([[20, 40, 90, 80], [150, 0, 199, 30], [20, 40, 120, 90]], "float32"),
        "labels": np.array([0, 1, 21]),
        "confidence": np.array([0.9, 0.8, 0.7], "float32"),
    }
    picture = np.asarray(draw_detections(image, found, class_names("coco")))
    colors = segmentation_palette(21)[1:]
    assert picture.shape == image.shape and (image == 100).all()
    assert (picture[60, 20] == colors[0]).all()  # of the first box, over the third
    assert (picture[89, 60] == colors[1]).all()  # of the third, class 21
    assert (picture[20, 150] == colors[1]).all()
    assert (picture[60, 50] == 100).all()
    tag = (picture[:40, 20:80] == colors[0]).all(axis=-1)
    assert tag.sum() > 200 and tag.any(axis=1).argmax() > 10
    assert (picture[1:8, 150:195] != 100).any()  # the tag at the upper border is below it
