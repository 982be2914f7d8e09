"""`keras-mobilevitv3 convert` through `main`."""

import warnings

import numpy as np
import pytest

from keras_mobilevitv3 import export_checkpoint
from keras_mobilevitv3.cli import main
from keras_mobilevitv3.commands.checkpoint_contents import number_of_classes
from keras_mobilevitv3.weights.file_formats import readers
from tests.command_output import run_json
from tests.tiny_networks import tiny_classifier

pytestmark = pytest.mark.usefixtures("tiny_variants")


@pytest.mark.once
@pytest.mark.parametrize(("attention", "suffix"), [("multi_head", ".pt"), ("separable", ".safetensors")])
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


@pytest.mark.once
def test_convert_writes_to_the_working_folder_by_default(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    export_checkpoint(tiny_classifier("separable"), tmp_path / "net.ema.pt")
    assert main(["convert", "net.ema.pt", "--variant", "tiny_separable"]) == 0
    assert (tmp_path / "net.weights.h5").is_file()


@pytest.mark.once
def test_convert_says_what_it_replaces_and_keeps_what_it_may_not(tmp_path, capsys, fails):
    export_checkpoint(tiny_classifier("separable"), tmp_path / "a.pt")
    common = ("convert", str(tmp_path / "a.pt"), "--variant", "tiny_separable", "--out", str(tmp_path / "b.weights.h5"))
    (tmp_path / "b.weights.h5").write_bytes(b"\x89HDF\r\n\x1a\n")  # as a former command could have left
    assert main(list(common)) == 0
    assert "replaced: the former b.weights.h5\n" in capsys.readouterr().out
    assert "`overwrite` is false (--no-overwrite)" in fails(*common, "--no-overwrite")
    (tmp_path / "b.weights.h5").write_text("notes")
    assert "must be an HDF5 file to be replaced. Received: a text file" in fails(*common)
    assert (tmp_path / "b.weights.h5").read_text() == "notes"
    (tmp_path / "c.pt").mkdir()
    assert "a folder with this name" in fails(*common[:-1], tmp_path / "c.pt")


@pytest.mark.once
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


@pytest.mark.once
def test_channel_order(tmp_path):
    source, target = tmp_path / "bgr.pt", tmp_path / "rgb.safetensors"
    model = tiny_classifier("separable")
    export_checkpoint(model, source, channel_order="bgr")
    arguments = ["--variant", "tiny_separable", "--channel-order", "bgr", "--out", str(target)]
    assert main(["convert", str(source), *arguments]) == 0
    stem = "conv_1.block.conv.weight"
    stems = [readers.read_state_dict(path)[stem] for path in (source, target)]
    np.testing.assert_array_equal(stems[0][:, ::-1], stems[1])


@pytest.mark.once
@pytest.mark.parametrize("attention", ["multi_head", "separable"])
def test_number_of_classes(attention, tmp_path):
    model = tiny_classifier(attention)
    export_checkpoint(model, tmp_path / "a.pt")
    model.save_weights(tmp_path / "a.weights.h5")
    model.save(tmp_path / "a.keras")
    assert [number_of_classes(tmp_path / name) for name in ("a.pt", "a.weights.h5", "a.keras")] == [5, 5, 5]


@pytest.mark.once
def test_a_checkpoint_without_classifier(tmp_path, fails):
    features = tiny_classifier("separable", include_top=False)
    features.save_weights(tmp_path / "a.weights.h5")
    export_checkpoint(features, tmp_path / "a.pt")
    for name in ("a.pt", "a.weights.h5"):
        message = fails("convert", tmp_path / name, "--variant", "tiny_separable", "--out", tmp_path / "b.pt")
        assert "has no classifier" in message


@pytest.mark.once
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


@pytest.mark.once
def test_convert_to_the_wrong_network(tmp_path, fails):
    export_checkpoint(tiny_classifier("multi_head"), tmp_path / "a.pt")
    common = ("convert", tmp_path / "a.pt", "--out", tmp_path / "b.weights.h5")
    fails(*common, "--variant", "tiny_separable")
    fails(*common, "--variant", "no_such_network")
    assert [path.name for path in tmp_path.iterdir()] == ["a.pt"]
