"""`import keras_mobilevitv3` imports neither Keras nor a command, and Keras knows all classes once it is imported."""

import ast
import copy
import inspect
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import keras_mobilevitv3
from keras_mobilevitv3 import keras_import, registration

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "keras_mobilevitv3"
FILES = "tests/data/files_of_0_1"
LOAD = f"""
for name in ("classifier", "segmenter", "detector"):
    keras.saving.load_model(f"{FILES}/{{name}}.keras")
"""


def run_python(code):
    """Runs code in a process of its own, and returns what it prints."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def imports_for_type_checkers():
    """Dict from module to names, from `if TYPE_CHECKING` of the package."""
    (block,) = (node for node in ast.parse((PACKAGE / "__init__.py").read_text()).body if _is_type_checking(node))
    return {node.module: [alias.name for alias in node.names] for node in block.body}


def _is_type_checking(node):
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


@pytest.mark.once
def test_the_table_the_imports_for_type_checkers_and_all_agree():
    table = {f"keras_mobilevitv3.{module}": names.split() for module, names in keras_mobilevitv3._NAMES.items()}
    assert table == imports_for_type_checkers()
    assert sorted(name for names in table.values() for name in names) == sorted(keras_mobilevitv3.__all__)
    assert set(keras_mobilevitv3.__all__) <= set(dir(keras_mobilevitv3))


@pytest.mark.once
def test_public_names():
    """They have their module, signature and docstring, and are the same objects after pickling and copying."""
    for name in keras_mobilevitv3.__all__:
        value = getattr(keras_mobilevitv3, name)
        assert value.__doc__
        if name != "VARIANTS":
            assert inspect.signature(value).parameters
            assert pickle.loads(pickle.dumps(value)) is copy.deepcopy(value) is value
    namespace = {}
    exec("from keras_mobilevitv3 import *", namespace)
    assert set(namespace) - {"__builtins__"} == set(keras_mobilevitv3.__all__)
    assert inspect.isfunction(keras_mobilevitv3.export)
    assert inspect.ismodule(keras_mobilevitv3.layers)


@pytest.mark.once
def test_a_misspelt_name():
    with pytest.raises(AttributeError, match="has no attribute 'MobileVitV3XS'. Did you mean 'MobileViTV3XS'?"):
        keras_mobilevitv3.MobileVitV3XS  # noqa: B018
    with pytest.raises(AttributeError, match="has no attribute '_private'"):
        keras_mobilevitv3._private  # noqa: B018
    assert not hasattr(keras_mobilevitv3, "resnet")


@pytest.mark.once
def test_the_package_after_keras():
    """The list of `registration` leads to every module that registers a class, but for those of `interop`.

    Saved models load, and nothing but the core dependencies is imported.
    """
    found = run_python(
        "import keras, sys; before = set(sys.modules); import keras_mobilevitv3;"
        f"print(*sorted(set(sys.modules) - before)){LOAD}"
    ).split()
    registering = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in PACKAGE.rglob("*.py")
        if "@keras.saving.register_keras_serializable" in path.read_text(encoding="utf-8")
    }
    assert {name for name in registering if ".interop." not in name} <= set(found)
    assert not [name for name in found if name.startswith(("keras_mobilevitv3.commands", "keras_mobilevitv3.cli"))]
    roots = {name.split(".")[0] for name in found} - sys.stdlib_module_names
    assert roots <= {"numpy", "filelock", "safetensors", "keras_mobilevitv3"}


@pytest.mark.backend("jax")  # on PyTorch at the end of `test_the_hook_in_a_process`, on TensorFlow below
def test_saved_models_load_with_the_package_imported_first():
    run_python(f"import keras_mobilevitv3, keras; keras.saving.load_model('{FILES}/segmenter.keras')")


@pytest.mark.backend("tensorflow")
def test_saved_models_load_with_the_keras_of_tensorflow():
    run_python(f"import keras_mobilevitv3, tensorflow as tf;tf.keras.models.load_model('{FILES}/detector.keras')")


@pytest.mark.once
def test_the_hook_in_a_process():
    """The package imports nothing at first, a failed import of Keras may be repeated, and threads import at once."""
    run_python(
        f"""
import os, sys, threading
backend = os.environ.pop("KERAS_BACKEND", None)
import keras_mobilevitv3
assert not {{"keras", "numpy", "keras_mobilevitv3.commands", "keras_mobilevitv3.layers"}} & set(sys.modules)
os.environ["KERAS_BACKEND"] = "tensorflw"
try:
    import keras
except ValueError:
    pass
else:
    raise AssertionError
for name in [name for name in sys.modules if name.partition(".")[0] == "keras"]:
    del sys.modules[name]
os.environ.pop("KERAS_BACKEND")
if backend:
    os.environ["KERAS_BACKEND"] = backend

errors = []

def first():
    from keras_mobilevitv3.layers.conv_norm_act import ConvNormAct

def second():
    from keras_mobilevitv3 import MobileViTV3XS, export

def run(function):
    try:
        function()
    except BaseException as error:
        errors.append(error)

threads = [threading.Thread(target=run, args=[function]) for function in (first, second, first, second)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not errors, errors
import keras, importlib
assert type(keras.__spec__.loader).__module__ != "keras_mobilevitv3.keras_import"
assert keras_mobilevitv3.keras_import._FINDER not in sys.meta_path
for name in ("Segmenter", "SSDDetector", "ConvNormAct", "MobileViTBlock"):
    cls = keras.saving.get_registered_object("keras_mobilevitv3>" + name)
    assert cls.__module__.startswith("keras_mobilevitv3."), name
{LOAD}
importlib.reload(keras_mobilevitv3)
"""
    )


@pytest.mark.once
def test_functions_are_called_once_keras_is_imported():
    calls = []
    keras_import.after_keras_import(lambda: calls.append(1))
    assert calls == [1]
    assert not any(isinstance(finder, keras_import._Finder) for finder in sys.meta_path)
    registration.register_classes()
