"""Options of the command line that do not apply to what they are given with, and the length of messages."""

import pytest

from keras_mobilevitv3 import VARIANTS, DeepLabV3, PSPNet, SSDLite, build_classifier, export_checkpoint
from keras_mobilevitv3.cli import main
from keras_mobilevitv3.commands.checkpoint_contents import head_of_checkpoint
from keras_mobilevitv3.commands.heads import HEADS
from keras_mobilevitv3.commands.model_files import check_own_settings, head_of
from keras_mobilevitv3.commands.short_message import MAX_LENGTH, shorten
from keras_mobilevitv3.weights.file_formats import readers
from tests.command_output import run_json
from tests.tiny_networks import SHALLOW

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("tiny_variants")]

BUILDERS = {"deeplabv3": (DeepLabV3, {}), "pspnet": (PSPNet, {}), "ssdlite": (SSDLite, {"input_shape": (64, 64, 3)})}


@pytest.fixture(scope="module")
def models():
    """A model of each head, on the shallow networks."""
    built = {
        name: build(SHALLOW["separable"], classes=3, weights=None, name=f"mobilevitv3_100_{name}", **options)
        for name, (build, options) in BUILDERS.items()
    }
    classifier = build_classifier(SHALLOW["multi_head"], weights=None, classes=3, input_shape=(64, 64, 3))
    return {"classifier": classifier, **built}


@pytest.fixture
def in_folder(tmp_path, monkeypatch):
    """A working folder with empty files and some pictures and models by name only."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "a.pt", "saved_model.pb"):
        (tmp_path / name).write_text("text")
    return tmp_path


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("export --weights a.pt --out b --output-stride 16", "--output-stride must be left out unless the head is"),
        ("export --weights a.pt --out b --output-stride 0", "--output-stride: invalid choice: 0"),
        ("export --weights a.pt --out b --class-map", "--class-map must be left out unless the head is deeplabv3 or"),
        ("export --weights a.pt --out b --head deeplabv3 --raw", "--raw must be left out unless the head is ssdlite"),
        ("export --weights a.pt --out b --size 0", "--size must be at least 32. Received: 0"),
        ("export --weights a.pt --out b --calibration a.png", "--calibration must be given for --precision int8, and"),
        ("export --weights a.pt --out b.onnx --format onnx --precision int8", "--calibration must be given"),
        ("export --weights a.pt --out b.onnx --format onnx --version 2", "`version` must be a positive integer for a"),
        ("export --weights a.pt --out b --version 0", "`version` must be a positive integer"),
        ("export --weights a.pt --out b --overwrite --no-overwrite", "not allowed with argument"),
        ("segment a.png --out b --size -1", "--size must be at least 32. Received: -1"),
        ("segment a.png --out b --output-stride 0", "--output-stride: invalid choice: 0"),
        ("detect a.png --out b --size 0", "--size must be at least 32. Received: 0"),
        ("convert a.pt --variant mobilevitv3_xs --classes 0", "--classes must be at least 1. Received: 0"),
        ("convert a.pt --variant mobilevitv3_xs", "a.pt is no checkpoint but a text file"),
        ("convert saved_model.pb --variant mobilevitv3_xs --out b.pt", "Received: 'saved_model.pb', a text file"),
        ("summary mobilevitv3_xs --classes 0", "--classes must be at least 1. Received: 0"),
        ("summary missing.keras", "there is no file 'missing.keras'"),
        ("benchmark saved_model.pb", "a SavedModel must be given by its folder, '.'. Received: 'saved_model.pb'"),
        ("benchmark a.pt", "MODEL must be the id of a network, a file ending in .keras, .tflite, .onnx, .xml, or"),
        ("benchmark missing.keras", "there is no file 'missing.keras'"),
        ("benchmark mobilevitv3_xs --threads 2", "--threads must be left out unless a model is a .tflite"),
        ("profile a.pt", "VARIANT must be the id of a network"),
        ("profile mobilevitv3_sx", "Did you mean 'mobilevitv3_s"),
        ("list mobilevitv3_sx", "did you mean 'mobilevitv3_s"),
        ("demo --seed -1", "--seed must be an integer from 0 to"),
    ],
)
def test_before_anything_is_loaded(in_folder, fails, line, words):
    before = sorted(in_folder.iterdir())
    assert words in fails(*line.split())
    assert sorted(in_folder.iterdir()) == before


def test_a_keras_file_has_settings_of_its_own(in_folder, models, fails):
    models["classifier"].save("net.keras")
    export = "export --weights net.keras --format onnx --out b.onnx"
    for line, words in (
        (
            f"{export} --head deeplabv3",
            "--head must be left out, or classifier, that of net.keras. Received: deeplabv3",
        ),
        (f"{export} --class-map", "--class-map must be left out unless the head is deeplabv3 or pspnet"),
        ("summary net.keras --size 96", "--size must be left out for net.keras, whose size is 64x64. Received: 96"),
        ("summary net.keras --classes 3", "--classes must be left out for a .keras file. Received: 3"),
        ("predict a.png --weights net.keras --variant mobilevitv3_s", "--variant must be left out for net.keras"),
        ("benchmark net.keras --size 96 --rounds 1", "--size must be left out for net.keras"),
    ):
        assert words in fails(*line.split())
    assert not (in_folder / "b.onnx").exists()


def test_the_head_of_a_checkpoint(in_folder, models):
    for head in ("pspnet", "classifier"):
        export_checkpoint(models[head], "head.pt")
        assert head_of_checkpoint("head.pt") == (HEADS[head], head == "pspnet")


def test_settings_that_are_those_of_the_model_apply(models):
    for head, model in models.items():
        assert head_of(model) == HEADS[head]
        check_own_settings(model, "a.keras", head=head)
    check_own_settings(models["ssdlite"], "a.keras", "mobilevitv3_100", "ssdlite", 64)
    check_own_settings(models["deeplabv3"], "a.keras", output_stride=16)
    with pytest.raises(ValueError, match="--output-stride must be left out for a.keras"):
        check_own_settings(models["deeplabv3"], "a.keras", output_stride=8)
    with pytest.raises(ValueError, match="whose size is any"):
        check_own_settings(models["deeplabv3"], "a.keras", size=512)


@pytest.mark.parametrize("head", ["deeplabv3", "ssdlite"])
def test_convert_of_segmenters_and_detectors(in_folder, models, head, capsys, monkeypatch, fails):
    monkeypatch.setitem(VARIANTS, "shallow", SHALLOW["separable"])
    export_checkpoint(models[head], "a.safetensors")
    models[head].save_weights("a.weights.h5")
    assert head_of_checkpoint("a.safetensors") == head_of_checkpoint("a.weights.h5")
    assert head_of_checkpoint("a.weights.h5") == (HEADS[head], head != "ssdlite")
    report = run_json(capsys, "convert", "a.weights.h5", "--variant", "shallow", "--out", "b.safetensors")
    assert report["classes"] == 3 and report["skipped"] == []
    expected, found = map(readers.read_state_dict, ("a.safetensors", "b.safetensors"))
    assert expected.keys() == found.keys() and all((expected[name] == found[name]).all() for name in expected)
    line = fails("convert", "a.weights.h5", "--variant", "shallow", "--head", "classifier", "--out", "c.pt")
    assert f"--head must be left out, or {head}, that of a.weights.h5. Received: classifier" in line


def test_long_messages_stand_behind_verbose(fails, capsys):
    line = fails("profile", "resnet50")
    assert len(line) <= MAX_LENGTH and "(--verbose prints all)" in line
    assert line.endswith("Received: 'resnet50'.\n")
    assert len(fails("export", "--format", "x" * 400, "--out", "a")) <= MAX_LENGTH
    assert main(["profile", "resnet50", "--verbose"]) == 2
    assert "mobilevitv2_200" in capsys.readouterr().err
    assert shorten("short") == "short" and len(shorten("x" * 1000, 20)) == MAX_LENGTH - 21
