import gc
import importlib.metadata
import os
import re
import tempfile
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
# Folders whose tests do not depend on the backend; single files say so by `pytestmark`.
ONCE = ("docs", "notebooks", "training/augment", "training/batches", "training/report", "training/sources")

# XLA compiles four times faster so, and the maps of the tests are too small to miss the optimization.
os.environ.setdefault(
    "XLA_FLAGS",
    "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true --xla_cpu_use_fusion_emitters=false"
    " --xla_cpu_parallel_codegen_split_count=1",
)
# What one test has compiled, the others and their processes load.
COMPILED = tempfile.TemporaryDirectory(prefix="compiled_by_jax_")
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", COMPILED.name)
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
# Each worker of pytest-xdist has one core.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")


def pytest_addoption(parser):
    group = parser.getgroup("keras_mobilevitv3")
    group.addoption("--release", action="store_true", help="run only the tests that are marked `release`")
    group.addoption("--skip-once", action="store_true", help="leave out the tests that are marked `once`")


def pytest_report_header():
    return f"keras {importlib.metadata.version('keras')}, backend {_backend()}"


def pytest_collection_finish(session):
    """What is imported now stays: the garbage collector, which Keras calls often, need not look at it again."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(config, items):
    for item in items:
        path = item.path.relative_to(TESTS)
        if any(path.is_relative_to(part) for part in ONCE):
            item.add_marker(pytest.mark.once)
    deselected = [item for item in items if not _is_selected(item, config)]
    if deselected:
        config.hook.pytest_deselected(items=deselected)
        items[:] = [item for item in items if item not in set(deselected)]


def _is_selected(item, config):
    is_release = any(_backend() in (marker.args or (_backend(),)) for marker in item.iter_markers("release"))
    if is_release != config.getoption("--release"):
        return False
    if item.get_closest_marker("once") and config.getoption("--skip-once"):
        return False
    return all(_backend() in marker.args for marker in item.iter_markers("backend"))


def _backend():
    if "KERAS_BACKEND" in os.environ:  # spares the process that only distributes tests an import of Keras
        return os.environ["KERAS_BACKEND"]
    import keras

    return keras.backend.backend()


@pytest.fixture(autouse=True)
def clean_keras():
    """The same seed for each test, and the global settings of Keras back after it."""
    import keras

    data_format, policy = keras.config.image_data_format(), keras.config.dtype_policy()
    keras.utils.set_random_seed(0)
    yield
    keras.config.set_image_data_format(data_format)
    keras.config.set_dtype_policy(policy)


@pytest.fixture
def tiny_variants(monkeypatch):
    """The tiny networks as rows of the table, `tiny_multi_head` and `tiny_separable`."""
    from keras_mobilevitv3 import VARIANTS
    from tests.tiny_networks import SHALLOW

    for attention, config in SHALLOW.items():
        monkeypatch.setitem(VARIANTS, f"tiny_{attention}", config)


@pytest.fixture
def fails(capsys):
    """Function from wrong arguments of the command line to the one line that it prints on stderr."""
    from keras_mobilevitv3.cli import main

    def message(*argv):
        assert main([str(argument) for argument in argv]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert re.fullmatch(r"keras-mobilevitv3: error: [^\n]+\n", captured.err), captured.err
        return captured.err

    return message
