import math

import keras
import numpy as np
import pytest

from keras_mobilevitv3.layers.adaptive_average_pool import adaptive_average_pool
from tests.reference_arrays import uniform


def windows(maps, pool_size):
    """Window by window, in float64."""
    batch, height, width, channels = maps.shape
    out = np.zeros((batch, pool_size, pool_size, channels))
    for i in range(pool_size):
        for j in range(pool_size):
            rows = slice(i * height // pool_size, math.ceil((i + 1) * height / pool_size))
            columns = slice(j * width // pool_size, math.ceil((j + 1) * width / pool_size))
            out[:, i, j] = maps[:, rows, columns].astype("float64").mean(axis=(1, 2))
    return out


@pytest.mark.parametrize("pool_size", [1, 2, 3, 6])
@pytest.mark.parametrize("size", [(6, 6), (7, 16), (13, 15)])
def test_against_numpy(size, pool_size):
    maps = uniform("adaptive/maps", (2, *size, 3), -1, 1)
    pooled = adaptive_average_pool(keras.ops.convert_to_tensor(maps), pool_size)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(pooled), windows(maps, pool_size), atol=1e-6)


@pytest.mark.backend("tensorflow")
def test_unknown_sizes():
    import tensorflow as tf

    signature = [tf.TensorSpec([None, None, None, 3], tf.float32)]
    traced = tf.function(lambda maps: adaptive_average_pool(maps, 6), input_signature=signature)
    for size in ((6, 6), (7, 16), (13, 15), (3, 8)):
        maps = uniform("adaptive/maps", (2, *size, 3), -1, 1)
        np.testing.assert_allclose(traced(maps), windows(maps, 6), atol=1e-6)


def test_half_precision():
    maps = keras.ops.convert_to_tensor(uniform("adaptive/half", (1, 16, 16, 2)), "bfloat16")
    pooled = adaptive_average_pool(maps, 3)
    assert keras.backend.standardize_dtype(pooled.dtype) == "bfloat16"
