"""What comes with the package: its version in all places, its types, its dependencies."""

import ast
import inspect
import re
from pathlib import Path

import pytest
import tomllib

import keras_mobilevitv3

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "keras_mobilevitv3"


def test_citation_has_the_version():
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (\S+)$", text, flags=re.MULTILINE)[1] == keras_mobilevitv3.__version__


def test_types_are_part_of_the_package():
    assert (PACKAGE / "py.typed").is_file()
    assert '"py.typed"' in (ROOT / "setup.py").read_text(encoding="utf-8")
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["tool"]["mypy"]["packages"] == ["keras_mobilevitv3"]


def test_pinned_versions_are_sorted_and_unique():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()[1:]
    names = [line.split("==")[0].lower().replace("-", "_") for line in lines]
    assert names == sorted(set(names))


def missing_hints(function):
    """The arguments of a function definition without a type hint, and `return` if that has none."""
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    arguments += [each for each in (function.args.vararg, function.args.kwarg) if each is not None]
    missing = [each.arg for each in arguments if each.annotation is None and each.arg not in ("self", "cls")]
    return missing if function.returns is not None or function.name == "__init__" else [*missing, "return"]


def public_functions(tree):
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from (each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__")


def test_missing_hints_are_found():
    (function,) = public_functions(ast.parse("def f(a, b: int, *c, **d): ..."))
    assert missing_hints(function) == ["a", "c", "d", "return"]


def test_public_signatures_have_type_hints():
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for function in public_functions(ast.parse(path.read_text(encoding="utf-8"))):
            for name in missing_hints(function):
                found.append(f"{path.relative_to(ROOT)}:{function.lineno}: {function.name}: {name}")
    assert not found, "\n".join([f"{len(found)} hints are missing", *found])


def test_callables_of_the_table_have_type_hints():
    for name in keras_mobilevitv3.__all__:
        if name.startswith("MobileViT"):
            signature = inspect.signature(getattr(keras_mobilevitv3, name))
            assert all(each.annotation is not each.empty for each in signature.parameters.values()), name
