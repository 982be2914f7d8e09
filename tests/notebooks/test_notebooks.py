"""Notebooks are committed as they ran: with outputs and pictures, without errors and traces of a machine."""

import json
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
TRACES = re.compile(r"/(tmp|home|root|work|usr|opt|Users)/|[A-Z]:\\\\|Traceback|WARNING|INFO:", re.IGNORECASE)
MAX_BYTES = 600_000
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def code_cells(path):
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]


def outputs(path):
    return [output for cell in code_cells(path) for output in cell["outputs"]]


def test_there_are_eight():
    assert [path.name[:2] for path in NOTEBOOKS] == [f"{number}_" for number in range(1, 9)]


@each_notebook
def test_every_cell_ran_in_order(path):
    assert [cell["execution_count"] for cell in code_cells(path)] == list(range(1, len(code_cells(path)) + 1))


@each_notebook
def test_outputs(path):
    kinds = {output["output_type"] for output in outputs(path)}
    assert "error" not in kinds
    assert not any(output.get("name") == "stderr" for output in outputs(path))
    pictures = [key for output in outputs(path) for key in output.get("data", {}) if key.startswith("image/")]
    assert pictures
    assert path.stat().st_size < MAX_BYTES


@each_notebook
def test_no_traces_of_a_machine(path):
    for output in outputs(path):
        text = "".join(output.get("text", [])) + "".join(output.get("data", {}).get("text/plain", []))
        assert not TRACES.search(text), text


@each_notebook
def test_listed_in_the_readme(path):
    assert f"({path.name})" in (FOLDER / "README.md").read_text(encoding="utf-8")
