"""What the README says still holds: its table, its Python and its commands."""

import functools
import re
from pathlib import Path

import pytest

import keras_mobilevitv3
from keras_mobilevitv3 import build_classifier, list_variants
from keras_mobilevitv3.cli import build_parser
from keras_mobilevitv3.commands.variant_table import HEADER, model_callables
from keras_mobilevitv3.weights.hub.catalogue import PRETRAINED
from tests.code_blocks import code_blocks, command_arguments, missing_names, shell_lines
from tests.tiny_networks import SHALLOW

once, on_tensorflow = pytest.mark.once, pytest.mark.backend("tensorflow")
ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = [block for block in code_blocks(README) if block.language == "python"]
# Files come from TensorFlow: on another backend each export would start a process of its own.
PYTHON = [
    pytest.param(block.code, marks=on_tensorflow if "export(" in block.code else once)
    for block in BLOCKS
    if not block.needs_more
]
SHELL_LINES = shell_lines(README)
MAKE_TARGET = re.compile(r"make (?:[A-Z]+=\S+ )*([a-z]+)")


@once
def test_table_of_networks_has_their_order():
    """`tests/backbones/test_variants.py` compares the rows."""
    table = README.split("<!-- variants:begin -->\n")[1].split("<!-- variants:end -->")[0]
    assert table.startswith(HEADER)
    assert re.findall(r"^\| `(\w+)`", table, flags=re.MULTILINE) == list_variants()


@once
def test_published_figures_of_segmentation_and_detection_are_those_of_the_code():
    columns = {"pascal_voc": 2, "ade20k": 3, "coco": 4}
    found = {}
    for line in README.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        for dataset, column in columns.items():
            if cells[1:2] and "mobilevitv3" in cells[1] and len(cells) == 6 and cells[column] != "-":
                found[cells[1].strip("`"), dataset] = float(cells[column].split()[0])
    rows = {(row.variant, row.dataset): row.score for row in PRETRAINED if row.dataset in columns and row.score}
    assert found == rows


@once
def test_every_network_and_callable_is_in_the_table():
    assert all(f"| `{name}` |" in README for name in (*list_variants(), *model_callables()))


@pytest.mark.parametrize("code", PYTHON, ids=lambda code: re.findall(r"\w+(?=\()", code)[0])
def test_python_runs(code, tmp_path, monkeypatch, capsys):
    """The network that the README exports is a shallow one here."""
    monkeypatch.setattr(keras_mobilevitv3, "MobileViTV3XXS", functools.partial(build_classifier, SHALLOW["multi_head"]))
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {"__name__": "readme"})
    assert "Traceback" not in capsys.readouterr().out


@once
def test_python_compiles_and_its_names_exist():
    assert any(block.needs_more for block in BLOCKS)
    for block in BLOCKS:
        compile(block.code, "README.md", "exec")
        assert missing_names(block.code) == []


@once
@pytest.mark.parametrize("arguments", command_arguments(README), ids=lambda arguments: arguments[0])
def test_commands_parse(arguments):
    build_parser().parse_args(arguments)


@once
def test_make_targets_exist():
    rules = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    targets = {target for line in SHELL_LINES for target in MAKE_TARGET.findall(line)}
    targets |= {
        target for code in re.findall(r"`([^`\n]*make [^`\n]*)`", README) for target in MAKE_TARGET.findall(code)
    }
    assert {"demo", "test", "benchmark"} <= targets <= set(rules)


@once
def test_files_exist():
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    scripts = re.findall(r"`(benchmarks/\w+\.py)`", README)
    assert all((ROOT / name).is_file() for name in (*links, *scripts))
