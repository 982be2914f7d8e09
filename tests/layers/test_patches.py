import keras
import numpy as np
import pytest

from keras_mobilevitv3.layers import fold_patches, unfold_patches
from keras_mobilevitv3.layers.patches import split_patches
from tests import numpy_reference
from tests.reference_arrays import uniform

SIZES = [(2, 2), (6, 10), (4, 2), (2, 8)]


@pytest.mark.parametrize("size", SIZES)
def test_unfold_equals_numpy(size):
    maps = uniform("patches/maps", (3, *size, 5))
    tokens = keras.ops.convert_to_numpy(unfold_patches(maps))
    expected = numpy_reference.unfold(maps)  # (B, P, N, C)
    assert tokens.shape == (12, size[0] * size[1] // 4, 5)
    np.testing.assert_array_equal(tokens.reshape(expected.shape), expected)


@pytest.mark.parametrize("size", SIZES)
def test_fold_equals_numpy(size):
    tokens = uniform("patches/tokens", (3, 4, size[0] * size[1] // 4, 5))
    maps = keras.ops.convert_to_numpy(fold_patches(tokens.reshape(12, -1, 5), size))
    np.testing.assert_array_equal(maps, numpy_reference.fold(tokens, *size).astype("float32"))


@pytest.mark.parametrize("size", SIZES)
def test_fold_undoes_unfold(size):
    maps = uniform("patches/maps", (3, *size, 5))
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(fold_patches(unfold_patches(maps), size)), maps)


def test_split_moves_nothing():
    maps = uniform("patches/maps", (3, 6, 10, 5))
    patches = keras.ops.convert_to_numpy(split_patches(maps))
    assert patches.shape == (3, 3, 2, 5, 2, 5)
    np.testing.assert_array_equal(patches.ravel(), maps.ravel())
    np.testing.assert_array_equal(patches[1, 2, 1, 4, 0], maps[1, 5, 8])


@pytest.mark.parametrize("size", [(3, 4), (4, 5)])
def test_odd_maps_do_not_fit(size):
    with pytest.raises(Exception):  # noqa: B017 - the backend's own
        unfold_patches(uniform("patches/maps", (1, *size, 5)))
