"""`keras-mobilevitv3 segment` through `main`."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from keras_mobilevitv3 import DeepLabV3, PSPNet, export_checkpoint, predict_segmentation
from keras_mobilevitv3.cli import main
from keras_mobilevitv3.commands.checkpoint_contents import number_of_classes
from keras_mobilevitv3.commands.segmentation_overlay import class_shares, draw_overlay
from keras_mobilevitv3.preprocessing import class_names, segmentation_palette
from tests.check_layer import fill_weights
from tests.tiny_networks import tiny_classifier

pytestmark = pytest.mark.usefixtures("tiny_variants")


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "china.png"
    Image.fromarray(load_sample_image("china.jpg")).resize((140, 90)).save(path)
    return str(path)


def segmenter(head=DeepLabV3, attention="separable", **arguments):
    model = head(f"tiny_{attention}", **{"classes": 21, **arguments})
    fill_weights(model)
    return model


@pytest.mark.once
@pytest.mark.parametrize(("attention", "suffix"), [("separable", ".weights.h5"), ("multi_head", ".safetensors")])
def test_masks_and_overlays(attention, suffix, photo, tmp_path, capsys):
    """The weights file has an auxiliary head in the separable family, which prediction leaves out."""
    model = segmenter(attention=attention)
    weights, out = tmp_path / f"model{suffix}", tmp_path / "out"
    model.save_weights(weights) if suffix == ".weights.h5" else export_checkpoint(model, weights)
    assert number_of_classes(weights) == 21
    argv = ["segment", photo, "--variant", f"tiny_{attention}", "--weights", weights, "--out", out]
    assert main([str(argument) for argument in (*argv, "--json")]) == 0
    (report,) = json.loads(capsys.readouterr().out)
    expected = predict_segmentation(model, photo, size=512)
    mask = Image.open(report["mask"])
    assert mask.mode == "P"
    np.testing.assert_array_equal(np.asarray(mask), expected)
    colors = segmentation_palette("pascal_voc")[expected]
    np.testing.assert_array_equal(np.asarray(mask.convert("RGB")), colors)
    overlay = Image.open(report["overlay"])
    assert overlay.height == 90 and overlay.width > 140
    assert sum(found["share"] for found in report["classes"]) == pytest.approx(1)
    assert [found["share"] for found in report["classes"]] == sorted(
        (found["share"] for found in report["classes"]), reverse=True
    )
    assert {found["name"] for found in report["classes"]} == {
        class_names("pascal_voc")[label] for label in np.unique(expected)
    }


@pytest.mark.once
@pytest.mark.parametrize("names", [None, "cat\n"])
def test_one_class(names, photo, tmp_path, capsys):
    model = segmenter(classes=1, input_shape=(64, 64, 3))
    bias = model.get_layer("classifier").conv.bias
    _, probabilities = predict_segmentation(model, photo, return_probabilities=True)
    bias.assign(bias - np.median(np.log(probabilities / (1 - probabilities))))
    model.save(tmp_path / "model.keras")
    argv = ["segment", photo, "--weights", str(tmp_path / "model.keras"), "--out", str(tmp_path), "--json"]
    if names:
        (tmp_path / "names.txt").write_text(names)
        argv += ["--classes", str(tmp_path / "names.txt")]
    assert main(argv) == 0
    (report,) = json.loads(capsys.readouterr().out)
    mask = np.asarray(Image.open(report["mask"]))
    np.testing.assert_array_equal(mask, predict_segmentation(model, photo))
    assert {found["name"] for found in report["classes"]} == {"background", "cat" if names else "foreground"}


@pytest.mark.once
def test_a_keras_file_with_names_of_its_own(photo, tmp_path, capsys, fails):
    segmenter(PSPNet, classes=3, pool_sizes=(1, 2)).save(tmp_path / "model.keras")
    names = tmp_path / "names.txt"
    names.write_text("sky\nland\nwater\n")
    argv = ["segment", photo, "--weights", tmp_path / "model.keras", "--out", tmp_path, "--size", 0]
    assert main([str(argument) for argument in (*argv, "--classes", names)]) == 0
    assert re.search(r"\d+\.\d\d%  (sky|land|water)\n", capsys.readouterr().out)
    assert main([str(argument) for argument in argv]) == 0
    assert "  class " in capsys.readouterr().out
    names.write_text("sky\nland\n")
    assert "must have one line for each of the 3 classes" in fails(*argv, "--classes", names)


@pytest.mark.once
def test_a_folder_with_one_bad_picture(photo, tmp_path, capsys):
    folder = tmp_path / "pictures"
    folder.mkdir()
    content = Path(photo).read_bytes()
    for name, length in (("a.png", None), ("b.png", len(content) // 2), ("c.png", None)):
        (folder / name).write_bytes(content[:length])
    segmenter(classes=3, input_shape=(64, 64, 3)).save(tmp_path / "model.keras")
    argv = ["segment", folder, "--weights", tmp_path / "model.keras", "--out", tmp_path / "out", "--json"]
    assert main([str(argument) for argument in argv]) == 2
    captured = capsys.readouterr()
    assert [Path(report["image"]).name for report in json.loads(captured.out)] == ["a.png", "c.png"]
    assert captured.err.startswith("keras-mobilevitv3: error: ") and "b.png" in captured.err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        f"{stem}_{kind}.png" for stem in "ac" for kind in ("mask", "overlay")
    ]


@pytest.mark.once
def test_wrong_files(photo, tmp_path, fails):
    out = ("--out", tmp_path / "out", "--variant", "tiny_separable")
    assert "there is no file 'missing.jpg'" in fails("segment", "missing.jpg", *out)
    assert "must differ in their names" in fails("segment", photo, photo, *out)
    message = fails("segment", photo, *out, "--weights", "missing.pt")
    assert "--weights must be 'pascal_voc', 'ade20k' or an existing file" in message
    classifier = tiny_classifier("separable")
    classifier.save(tmp_path / "classifier.keras")
    message = fails("segment", photo, *out, "--weights", tmp_path / "classifier.keras")
    assert "is not a segmenter of this package" in message
    classifier.save_weights(tmp_path / "classifier.weights.h5")
    message = fails("segment", photo, *out, "--weights", tmp_path / "classifier.weights.h5")
    assert "does not fit deeplabv3 on tiny_separable" in message
    segmenter(PSPNet).save_weights(tmp_path / "pspnet.weights.h5")
    fails("segment", photo, *out, "--weights", tmp_path / "pspnet.weights.h5")


@pytest.mark.once
def test_overlay():
    """Colours over the picture, the background only darkened, white lines between classes, and the legend."""
    image = np.full((60, 80, 3), 100, "uint8")
    classes = np.zeros((60, 80), int)
    classes[20:50, 10:60] = 15
    names, palette = class_names("pascal_voc"), segmentation_palette("pascal_voc")
    overlay = np.asarray(draw_overlay(image, classes, names, palette))
    assert tuple(overlay[5, 5]) == (60, 60, 60)
    assert tuple(overlay[30, 30]) == tuple(round(100 * 0.4 + color * 0.6) for color in (192, 128, 128))
    assert tuple(overlay[30, 9]) == (255, 255, 255)
    legend = overlay[:, 80:].reshape(-1, 3)
    assert (legend == palette[15]).all(axis=1).any()
    assert class_shares(classes, names) == [(0, 0.6875), (15, 0.3125)]
