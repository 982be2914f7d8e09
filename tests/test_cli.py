"""The program `keras-mobilevitv3`, its lists, costs and demo; errors are one line on stderr and exit code 2."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from keras_mobilevitv3 import __version__, list_variants
from keras_mobilevitv3.cli import main
from keras_mobilevitv3.commands import COMMANDS
from tests.command_output import run_json

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("tiny_variants")]
ROOT = Path(__file__).parents[1]


def test_help_of_the_module():
    process = subprocess.run([sys.executable, "-m", "keras_mobilevitv3", "--help"], capture_output=True, text=True)
    assert process.returncode == 0
    assert all(command.NAME in process.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", [command.NAME for command in COMMANDS])
def test_help_of_a_command(command, capsys):
    assert main([command, "--help"]) == 0
    assert f"usage: keras-mobilevitv3 {command}" in capsys.readouterr().out


WITHOUT_KERAS = [["--help"], ["--version"], ["list"], *([command.NAME, "--help"] for command in COMMANDS)]
WRONG = [
    "bake",
    "list --no-such-option",
    "convert a.pt",
    "demo --seed x",
    "export --weights imagenet --out a --format bake",
    "demo --epochs 0",
    "predict no.jpg",
    "segment . --out a --size 1",
    "detect setup.py --out a --weights voc",
    "summary resnet --classes 0",
    "summary no.keras",
    "profile xs --size 1",
    "benchmark no.onnx",
    "benchmark xs --rounds 0",
    "convert no.pt --variant xs",
    "export --weights voc --out a",
    "export --weights imagenet --out a --raw",
    "export --weights imagenet --out a --size 1",
    "list zz*",
    "profile resnet",
    "summary resnet",
    "benchmark resnet",
    "convert setup.py --variant resnet",
    "predict setup.py --variant resnet",
    "segment setup.py --out a --variant resnet",
    "detect setup.py --out a --variant resnet",
    "export --weights imagenet --out a --variant resnet",
]


def test_help_list_and_wrong_arguments_import_neither_keras_nor_numpy():
    code = f"""
import sys
from keras_mobilevitv3.cli import main
for argv in {WITHOUT_KERAS}:
    assert main(argv) == 0, argv
for line in {WRONG}:
    assert main(line.split()) == 2, line
loaded = {{"keras", "numpy", "tensorflow", "torch", "jax"}} & set(sys.modules)
assert not loaded, loaded
"""
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    assert len(process.stderr.splitlines()) == len(WRONG)


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


@pytest.mark.parametrize(("accuracy", "code"), [(0.97, 0), (0.96, 1)])
def test_demo(accuracy, code, monkeypatch, capsys):
    calls = []

    def fake_demo(folder, epochs, seed, overwrite):
        calls.append((folder, epochs, seed, overwrite))
        print("training")
        return {"accuracy": accuracy, "seconds": 1.0, "differences": {}}

    monkeypatch.setattr("keras_mobilevitv3.demo.run_demo", fake_demo)
    assert main(["demo", "--out", "folder", "--epochs", "3", "--seed", "4"]) == code
    captured = capsys.readouterr()
    assert captured.out == "training\n" and ("The test accuracy of 96.00% is below 97%" in captured.err) == bool(code)
    assert main(["demo", "--json", "--no-overwrite"]) == code
    captured = capsys.readouterr()
    assert json.loads(captured.out)["accuracy"] == accuracy and captured.err.startswith("training\n")
    assert calls == [("folder", 3, 4, True), ("demo", 8, 0, False)]


def test_demo_with_wrong_arguments_or_extras(fails, monkeypatch, tmp_path):
    assert "--epochs" in fails("demo", "--epochs", "0")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert "keras-mobilevitv3[train]" in fails("demo", "--out", tmp_path)
