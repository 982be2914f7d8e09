"""What the pages of the documentation say holds: their Python, commands and links, and that they name all there is."""

import importlib.util
import re
from pathlib import Path

import pytest

import keras_mobilevitv3
from keras_mobilevitv3.cli import build_parser
from keras_mobilevitv3.families import FAMILIES
from keras_mobilevitv3.weights.official_names.official_tensors import SUBLAYERS
from tests.code_blocks import code_blocks, command_arguments, missing_names

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = {str(path.relative_to(DOCS)): path.read_text(encoding="utf-8") for path in sorted(DOCS.rglob("*.md"))}
PYTHON = [
    pytest.param(block.code, id=f"{name}-{number}")
    for name, text in PAGES.items()
    for number, block in enumerate(code_blocks(text))
    if block.language == "python"
]
# Run from top to bottom; those of the other pages need servers, files or long exports.
RUN = [
    pytest.param(block.code, id=f"{name}-{number}")
    for name in (
        "classification.md",
        "segmentation.md",
        "detection.md",
        "features.md",
        "own_network.md",
        "migration.md",
    )
    for number, block in enumerate(code_blocks(PAGES[name]))
    if block.language == "python" and not block.needs_more
]


@pytest.mark.parametrize("code", PYTHON)
def test_python_compiles_and_its_names_exist(code):
    compile(code, "page", "exec")
    assert missing_names(code) == []


@pytest.mark.parametrize("code", RUN)
def test_python_runs(code, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "page", "exec"), {"__name__": "page"})
    assert "Traceback" not in capsys.readouterr().out


def test_missing_names_are_found():
    assert missing_names("import keras_mobilevitv3\nkeras_mobilevitv3.MobileViT()") == ["MobileViT"]
    assert missing_names("from keras_mobilevitv3 import SSDLite, Nothing") == ["Nothing"]


@pytest.mark.parametrize("name", PAGES)
def test_commands_parse(name):
    for arguments in command_arguments(PAGES[name]):
        if "..." not in arguments:
            build_parser().parse_args(arguments)


def test_every_public_name_has_its_entry():
    entries = set(re.findall(r"^::: keras_mobilevitv3\.(?:\w+\.)*(\w+)$", "".join(PAGES.values()), flags=re.MULTILINE))
    assert entries == set(keras_mobilevitv3.__all__) - {"VARIANTS"}


def test_name_map_of_the_migration_page_is_that_of_the_code():
    text = PAGES["migration.md"]
    names = [family.official_names for family in FAMILIES.values()]
    of_families = [sublayers for each in names for sublayers in (each.transformer_encoder, each.mobilevit_block)]
    for sublayers in (SUBLAYERS["InvertedResidual"], *of_families):
        for attribute, official in sublayers.items():
            assert f"`{attribute}`" in text
            assert f"`{official.removesuffix('.block.conv')}`" in text


def figure_script(name):
    """A script of `docs/figures` as a module."""
    spec = importlib.util.spec_from_file_location(name, DOCS / "figures" / f"{name}.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def test_tables_of_records_are_those_of_the_code():
    page = PAGES["architecture.md"]
    assert figure_script("record_tables").with_tables(page) == page, "run python docs/figures/record_tables.py"


def test_badges_are_those_of_setup():
    for name, svg in figure_script("badges").badges().items():
        assert (DOCS / "images" / name).read_text(encoding="utf-8") == svg, "run python docs/figures/badges.py"


def test_pictures_are_small():
    sizes = {path.name: path.stat().st_size for path in (DOCS / "images").iterdir()}
    assert max(sizes.values()) < 250_000
