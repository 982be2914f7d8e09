"""The three exercises of CONTRIBUTING.md: one file or one row, in a copy of the library, and everything knows it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
COPIED = ("keras_mobilevitv3", "docs/figures/record_tables.py", "docs/architecture.md")


@pytest.fixture
def copy(tmp_path):
    """A copy of the library in a folder of its own."""
    for name in COPIED:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, target)
    return tmp_path


def add_file(copy, path):
    """Writes the code block of CONTRIBUTING.md that begins with a path."""
    (block,) = re.findall(rf"```python\n# {re.escape(path)}\n(.*?)```", TEXT, flags=re.DOTALL)
    (copy / path).write_text(block, encoding="utf-8")


def run(copy, code, folder):
    """Runs Python code with the copy of the library, in a folder."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "CUDA_VISIBLE_DEVICES": ""}
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return result.stdout


PRELUDE = """
import contextlib, io
import keras_mobilevitv3
from keras_mobilevitv3.cli import main

def printed(*arguments):
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        main(list(arguments))
    return " ".join(output.getvalue().split())

def message(function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except ValueError as error:
        return str(error)
    raise AssertionError("no error")
"""

DATA_SET = """
from keras_mobilevitv3 import BackboneConfig, DeepLabV3, segmentation_palette
from keras_mobilevitv3.exporting.export_arguments import names_of_classes
from keras_mobilevitv3.preprocessing import class_names
from tests_tiny import MULTI_HEAD

assert class_names("camvid")[0] == "sky"
assert segmentation_palette("camvid").shape == (5, 3)
assert "'camvid'" in message(DeepLabV3, weights="cityscapes")
assert "`classes` must be 5 with `weights='camvid'`" in message(DeepLabV3, weights="camvid")
assert "camvid" in message(DeepLabV3, "mobilevitv3_xs", classes=5, weights="camvid")
model = DeepLabV3(MULTI_HEAD, classes=5, aspp_filters=8)
assert names_of_classes(model, None) == list(class_names("camvid"))
assert "'camvid'" in printed("segment", "--help")
assert "'camvid'" in printed("export", "--help")
assert "'camvid'" in printed("segment", "photo.png", "--weights", "nothing", "--out", "out")
"""

FORMAT = (
    PRELUDE
    + """
import json
import numpy as np
from keras_mobilevitv3 import build_classifier, export
from keras_mobilevitv3.exporting.runtimes import open_artefact
from tests_tiny import SHALLOW

model = build_classifier(SHALLOW["separable"], weights=None, classes=3, input_shape=(64, 64, 3))
report = export(model, "net.zip", format="zipped", verbose=False)
assert report.difference < 1e-3 and not report.replaced
open("other.zip", "w").write("text")
try:
    export(model, "other.zip", format="zipped", verbose=False)
except FileExistsError as error:
    assert "a ZIP archive" in str(error)
else:
    raise AssertionError("no error")
card = json.load(open("net.zip.card.json"))
assert card["format"] == "zipped" and "tensorflow" in card["versions"]
outputs = open_artefact("net.zip", "zipped")(np.zeros((2, 64, 64, 3), "float32"))
assert outputs["scores"].shape == (2, 3)
assert "`path` must end in .zip" in message(export, model, "net.onnx", format="zipped")
assert "zipped" in message(export, model, "net", format="nothing")
assert "zipped" in printed("export", "--help")
"""
)
FORMAT_AGAIN = """
assert export(model, "net.zip", format="zipped", verbose=False).replaced
rows = json.loads(printed("benchmark", "net.zip", "--size", "64", "--rounds", "1", "--json"))
assert rows[0]["model"] == "net.zip"
"""

VARIANT = """
import json
from keras_mobilevitv3 import build_classifier, list_variants
from keras_mobilevitv3.commands.variant_table import markdown_table
from keras_mobilevitv3.exporting.model_card import variant_of

name = "mobilevitv3_s_l3"
assert name in list_variants()
model = build_classifier(name, weights=None, input_shape=(64, 64, 3))
assert model.name == variant_of(model) == name
assert name in message(build_classifier, "mobilevitv3_s_l5")
assert json.loads(printed("list", name, "--json"))[0]["attention_depths"] == [2, 3, 3]
assert f"| `{name}` | `build_classifier` |" in markdown_table([name])
assert name in printed("summary", "mobilevitv3_s_l5")
"""


@pytest.fixture
def tiny(copy):
    """A module with the configuration of a tiny network, beside the copy."""
    source = (ROOT / "tests" / "tiny_networks.py").read_text(encoding="utf-8")
    (copy / "tests_tiny.py").write_text(source, encoding="utf-8")


def tables(copy, folder):
    run(
        copy,
        f"import runpy; runpy.run_path({str(copy / 'docs/figures/record_tables.py')!r}, run_name='__main__')",
        folder,
    )
    return (copy / "docs" / "architecture.md").read_text(encoding="utf-8")


@pytest.mark.once
def test_adding_a_data_set_and_a_variant(copy, tiny, tmp_path_factory):
    """In one process, because an import of Keras takes seconds."""
    folder = tmp_path_factory.mktemp("run")
    add_file(copy, "keras_mobilevitv3/datasets/camvid.py")
    add_variant(copy)
    (folder / "photo.png").write_bytes(b"")
    run(copy, PRELUDE + DATA_SET + VARIANT, folder)
    assert "| `camvid` | CamVid | segmentation | 5 |" in tables(copy, folder)


@pytest.mark.backend("tensorflow")
@pytest.mark.parametrize("again", [False, pytest.param(True, marks=pytest.mark.release)])
def test_adding_a_format(again, copy, tiny, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    add_file(copy, "keras_mobilevitv3/exporting/formats/zipped.py")
    run(copy, FORMAT + FORMAT_AGAIN * again, folder)
    assert "| `zipped` | zipped SavedModel | `.zip` |" in tables(copy, folder)


def add_variant(copy):
    """Adds the row of CONTRIBUTING.md to the table of networks."""
    (row,) = re.findall(r'^ *("mobilevitv3_s_l3": .*,)$', TEXT, flags=re.MULTILINE)
    table = copy / "keras_mobilevitv3" / "backbones" / "variants.py"
    source = table.read_text(encoding="utf-8")
    assert source.count("VARIANTS = {\n") == 1
    table.write_text(source.replace("VARIANTS = {\n", f"VARIANTS = {{\n    {row}\n"), encoding="utf-8")
