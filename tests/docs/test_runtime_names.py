"""The reference, made from the files alone, has what the imported package has."""

import inspect
import re
from pathlib import Path

import pytest

import keras_mobilevitv3

griffe = pytest.importorskip("griffe", reason="it comes with the extra `docs`")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def read():
    extensions = griffe.load_extensions(str(ROOT / "docs" / "hooks" / "runtime_names.py"))
    return griffe.load("keras_mobilevitv3", search_paths=[ROOT], extensions=extensions)


def test_entries_have_the_arguments_and_docstrings_of_the_package(read):
    pages = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs" / "api").iterdir()))
    entries = re.findall(r"^::: keras_mobilevitv3\.(\S+)$", pages, flags=re.MULTILINE)
    for entry in entries:
        described, value = read[entry], getattr(keras_mobilevitv3, entry.split(".")[-1])
        described = described.final_target if described.is_alias else described
        assert inspect.cleandoc(described.docstring.value) == inspect.getdoc(value), entry
        if inspect.isfunction(value):
            assert [each.name for each in described.parameters] == list(inspect.signature(value).parameters), entry


def test_a_callable_of_the_table_has_its_id_as_the_default_name(read):
    assert read["MobileViTV2_100"].final_target.parameters["name"].default == "'mobilevitv2_100'"
