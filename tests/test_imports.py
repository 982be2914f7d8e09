"""Imports go one way; the package imports only its core dependencies."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "keras_mobilevitv3"
BACKENDS = {"tensorflow", "jax", "torch"}
# The parts of the package, from left to right: each imports what stands left of it. Parts of one step do not import
# one another.
STEPS = (
    ("version", "checks", "atomic_write", "error_line", "file_contents", "probabilities"),
    ("overwriting", "backend_check"),
    ("families",),
    ("datasets",),
    ("initializers",),
    ("layers",),
    ("blocks",),
    ("preprocessing", "weights"),
    ("backbones",),
    ("classification", "segmentation", "detection"),
    ("profiler",),
    ("inference",),
    ("exporting",),
    ("interop",),
    ("demo",),
    ("commands",),
    ("cli",),
    ("__init__", "__main__"),
)
BACKEND_PARTS = {"exporting", "interop"}


def sources(folder):
    return sorted(path for path in folder.rglob("*.py") if not any(part.startswith(".") for part in path.parts))


def imports(tree):
    """Names of the modules that a tree imports, `from a import b` as `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def module_level(tree):
    """The tree without the bodies of its functions, which run later."""

    class Remover(ast.NodeTransformer):
        def visit_FunctionDef(self, node):
            return None

        visit_AsyncFunctionDef = visit_FunctionDef

    return Remover().visit(tree)


def part_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def test_the_parsing_finds_imports():
    tree = ast.parse("import a.b\nfrom c import d\nif x:\n    import e\ndef f():\n    from g.h import i\n")
    assert set(imports(tree)) == {"a.b", "c.d", "e", "g.h.i"}
    assert set(imports(module_level(tree))) == {"a.b", "c.d", "e"}
    assert len(sources(PACKAGE)) > 20


@pytest.mark.parametrize("path", sources(PACKAGE), ids=lambda path: str(path.relative_to(ROOT)))
def test_edges(path):
    steps = {part: number for number, step in enumerate(STEPS) for part in step}
    part = part_of(path)
    assert part in steps, f"say in STEPS where {part!r} stands"
    for name in imports(parse(path)):
        root, *rest = name.split(".")
        assert root not in ("training", "benchmarks", "notebooks", "tests"), f"{path} imports {name}"
        if root == "keras_mobilevitv3" and rest[0] != part:
            assert steps[rest[0]] < steps[part], f"{path} imports {name}"


@pytest.mark.parametrize("path", sources(PACKAGE), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_backend_is_imported_with_the_module(path):
    if part_of(path) not in BACKEND_PARTS:
        roots = {name.split(".")[0] for name in imports(module_level(parse(path)))}
        assert not roots & BACKENDS


@pytest.mark.parametrize("folder", ["keras_mobilevitv3", "training", "benchmarks", "notebooks", "tests"])
def test_no_private_keras(folder):
    for path in sources(ROOT / folder):
        tree = parse(path)
        assert not [name for name in imports(tree) if f"{name}.".startswith("keras.src.")], path
        attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "src"]
        assert not [node for node in attributes if ast.unparse(node.value) == "keras"], path


def test_import_needs_the_core_dependencies_only():
    code = (
        "import sys, keras; before = set(sys.modules); import keras_mobilevitv3; "
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    new = set(result.stdout.split())
    assert "keras_mobilevitv3" in new
    assert new - sys.stdlib_module_names <= {"numpy", "filelock", "safetensors", "keras_mobilevitv3"}
