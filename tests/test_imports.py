"""Imports go one way; names of functions, modules and folders differ; the core needs four packages."""

import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import keras_mobilevitv3

pytestmark = pytest.mark.once

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "keras_mobilevitv3"
BACKENDS = {"tensorflow", "jax", "torch"}
# The parts of each tree, from left to right: each imports only what stands left of it. Parts of one step do not import
# one another.
STEPS = {
    "keras_mobilevitv3": (
        ("array_types",),
        (
            "version",
            "checks",
            "atomic_write",
            "error_line",
            "file_contents",
            "probabilities",
            "records",
            "keras_import",
        ),
        ("overwriting", "backend_check", "families"),
        ("block_options",),
        ("datasets",),
        ("initializers",),
        ("layers",),
        ("blocks",),
        ("preprocessing", "weights"),
        ("backbones",),
        ("classification", "segmentation", "detection"),
        ("profiler", "inference"),
        ("exporting",),
        ("interop", "registration"),
        ("demo",),
        ("commands",),
        ("cli",),
        ("__init__", "__main__"),
    ),
    "training": (
        ("augment", "distribution", "metrics", "optimizers"),
        ("override", "resume", "smoke"),
        ("sources",),
        ("batches", "report"),
        ("detection_results", "settings"),
        ("callbacks", "recipes"),
        ("loop", "tasks"),
        ("report_run",),
        ("train",),
        ("ablation", "evaluate", "interop", "train_classifier", "train_detector", "train_segmenter"),
        ("__init__",),
    ),
}
# Programs and notebooks are above the training, the training is above the package.
ABOVE = {"keras_mobilevitv3": {"training", "benchmarks", "notebooks", "tests"}, "training": {"benchmarks", "tests"}}
WITH_BACKENDS = {"exporting", "interop"}  # parts that may import a backend with the module


def sources(folder):
    return sorted(path for path in folder.rglob("*.py") if not any(part.startswith(".") for part in path.parts))


def imports(tree):
    """Pairs of a line and the name of a module that a tree imports there, `from a import b` as `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def module_level(tree):
    """The tree without the bodies of its functions, which run later."""

    class Remover(ast.NodeTransformer):
        def visit_FunctionDef(self, node):
            return None

        visit_AsyncFunctionDef = visit_FunctionDef

    return Remover().visit(tree)


def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def part_of(path, tree):
    return path.relative_to(ROOT / tree).parts[0].removesuffix(".py")


def wrong_imports(source, tree, part):
    """The lines of a source text that import against the rules, each with its number."""
    steps = {name: number for number, step in enumerate(STEPS[tree]) for name in step}
    lines = source.splitlines()
    found = []
    for line, name in imports(ast.parse(source)):
        root, *rest = name.split(".")
        goes_up = root in ABOVE[tree]
        if root == tree and rest and rest[0] != part:
            goes_up = steps.get(rest[0], steps["__init__"]) >= steps[part]
        if goes_up:
            found.append(f"{line}: {lines[line - 1].strip()}")
    return found


def test_the_rules_find_what_breaks_them():
    source = (
        "import keras\nimport keras_mobilevitv3.blocks\ndef f():\n    from keras_mobilevitv3.segmentation import x\n"
    )
    assert wrong_imports(source, "keras_mobilevitv3", "layers") == [
        "2: import keras_mobilevitv3.blocks",
        "4: from keras_mobilevitv3.segmentation import x",
    ]
    assert len(wrong_imports(source, "keras_mobilevitv3", "detection")) == 1
    assert wrong_imports(source, "keras_mobilevitv3", "inference") == []
    assert wrong_imports("from keras_mobilevitv3 import DeepLabV3", "keras_mobilevitv3", "inference")
    assert wrong_imports("import training", "keras_mobilevitv3", "cli")


@pytest.mark.parametrize("tree", STEPS)
def test_imports_go_one_way(tree):
    parts = {part_of(path, tree) for path in sources(ROOT / tree)}
    known = {name for step in STEPS[tree] for name in step}
    assert parts == known, "say in STEPS where these stand"
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sources(ROOT / tree)
        for line in wrong_imports(path.read_text(encoding="utf-8"), tree, part_of(path, tree))
    ]
    assert not wrong, "\n".join(["These lines import what stands right of them:", *wrong])


def test_no_backend_is_imported_with_the_module():
    for path in sources(PACKAGE):
        if part_of(path, "keras_mobilevitv3") not in WITH_BACKENDS:
            found = [name for _, name in imports(module_level(parse(path))) if name.split(".")[0] in BACKENDS]
            assert not found, f"{path}: {found}"


@pytest.mark.parametrize("folder", ["keras_mobilevitv3", "training", "benchmarks", "notebooks", "tests"])
def test_no_private_keras(folder):
    for path in sources(ROOT / folder):
        tree = parse(path)
        assert not [name for _, name in imports(tree) if f"{name}.".startswith("keras.src.")], path
        attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "src"]
        assert not [node for node in attributes if ast.unparse(node.value) == "keras"], path


NAMES = re.compile(r"multi_head|separable|imagenet|pascal_voc|ade20k|coco|digits|saved_model|litert|onnx|openvino")


@pytest.mark.parametrize("tree", STEPS)
def test_names_of_records_are_never_compared(tree):
    """Families, data sets and formats are asked for what they say; only blocks and layers know the two families."""
    found = []
    for path in sources(ROOT / tree):
        if path.relative_to(ROOT / tree).parts[0] in ("blocks", "layers"):
            continue
        for node in ast.walk(parse(path)):
            compared = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
            if isinstance(node, ast.MatchValue):
                compared = [node.value]
            literals = [each for part in compared for each in ast.walk(part) if isinstance(each, ast.Constant)]
            names = [each.value for each in literals if isinstance(each.value, str) and NAMES.fullmatch(each.value)]
            found += [f"{path.relative_to(ROOT)}:{node.lineno}: {name!r}" for name in names]
    assert not found, "\n".join(found)


def test_no_package_exports_a_function_under_the_name_of_one_of_its_modules():
    # `import keras_mobilevitv3.a.b as b` gives the attribute `b` of `a`, which must be the module.
    for module in pkgutil.walk_packages(keras_mobilevitv3.__path__, "keras_mobilevitv3."):
        if "__main__" in module.name or ".interop." in module.name:
            continue  # modules of `interop` need KerasHub or KerasCV
        package, _, name = module.name.rpartition(".")
        imported = importlib.import_module(module.name)
        assert getattr(importlib.import_module(package), name) is imported, module.name


def test_packages_of_other_libraries_have_no_such_function_either():
    for folder in (PACKAGE / "interop" / "keras_hub", PACKAGE / "interop" / "keras_cv"):
        exported = {name.split(".")[-1] for _, name in imports(parse(folder / "__init__.py"))}
        assert not exported & {path.stem for path in folder.glob("*.py")}


@pytest.mark.parametrize("folder", ["training", "benchmarks", "notebooks", "docs"])
def test_names_that_are_imported_inside_functions_exist(folder):
    for path in sources(ROOT / folder):
        for line, name in imports(parse(path)):
            if name.startswith("keras_mobilevitv3.") and ".interop." not in name:
                module, _, attribute = name.rpartition(".")
                imported = importlib.import_module(module)
                if not hasattr(imported, attribute):
                    importlib.import_module(name)  # its error tells what is missing
                assert hasattr(imported, attribute), f"{path}:{line}: {name}"


def test_module_paths_in_the_documentation_can_be_imported():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/README.md")]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for path in set(re.findall(r"\bkeras_mobilevitv3(?:\.[A-Za-z_]\w*)+", text)):
            parts = path.split(".")
            if parts[1] == "interop":
                assert (PACKAGE / "interop" / "__init__.py").is_file()
                continue
            value = keras_mobilevitv3
            for number, part in enumerate(parts[1:], start=2):
                if not hasattr(value, part):
                    importlib.import_module(".".join(parts[:number]))
                value = getattr(value, part)
        exercises = re.findall(r"^# (keras_mobilevitv3/\S+\.py)$", text, flags=re.MULTILINE)  # files that readers write
        for path in set(re.findall(r"\b(?:keras_mobilevitv3|training)/[\w/]+\.py", text)) - set(exercises):
            assert (ROOT / path).is_file(), f"{page}: {path}"
