import os
import tempfile
from unittest import mock

# XLA compiles three times faster so, and the maps of the tests are too small to miss the optimization.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true")
# What one test has compiled, the others and their processes load.
COMPILED = tempfile.TemporaryDirectory(prefix="compiled_by_jax_")
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", COMPILED.name)
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")

import keras  # noqa: E402
import numpy as np  # noqa: E402
import pytest  # noqa: E402

from keras_mobilevitv3 import VARIANTS  # noqa: E402
from tests.tiny_networks import TINY  # noqa: E402


def pytest_report_header():
    return f"keras {keras.__version__}, backend {keras.backend.backend()}"


@pytest.fixture(autouse=True)
def clean_keras():
    """The same seed for each test, and the global settings of Keras back after it."""
    data_format, policy = keras.config.image_data_format(), keras.config.dtype_policy()
    keras.utils.set_random_seed(0)
    yield
    keras.config.set_image_data_format(data_format)
    keras.config.set_dtype_policy(policy)


@pytest.fixture(scope="module")
def instant_weights():
    """Draws initial weights with NumPy, for tests to which their distribution means nothing.

    JAX compiles one program for each shape of each initializer: half a minute for a model.
    """
    rng = np.random.default_rng(0)

    def draw(initializer, shape, dtype="float32"):
        fan_in = max(np.prod(shape[:-1]), 1)
        return keras.ops.convert_to_tensor(rng.uniform(-1, 1, shape) * (3 / fan_in) ** 0.5, dtype)

    def fill(value):
        return lambda initializer, shape, dtype="float32": keras.ops.convert_to_tensor(np.full(shape, value), dtype)

    initializers = keras.initializers
    with (
        mock.patch.object(initializers.VarianceScaling, "__call__", draw),
        mock.patch.object(initializers.RandomNormal, "__call__", draw),
        mock.patch.object(initializers.RandomUniform, "__call__", draw),
        mock.patch.object(initializers.Zeros, "__call__", fill(0.0)),
        mock.patch.object(initializers.Ones, "__call__", fill(1.0)),
    ):
        yield


@pytest.fixture
def tiny_variants(monkeypatch):
    """The tiny networks as rows of the table, `tiny_multi_head` and `tiny_separable`."""
    for attention, config in TINY.items():
        monkeypatch.setitem(VARIANTS, f"tiny_{attention}", config)
