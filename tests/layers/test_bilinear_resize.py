import keras
import numpy as np
import pytest
from keras import ops

from keras_mobilevitv3.layers.bilinear_resize import _dynamic_taps, bilinear_resize, even_size, static_taps
from tests import numpy_reference
from tests.reference_arrays import uniform

CORNERS = pytest.mark.parametrize("align_corners", [False, True])
SIZES = [((5, 7), (6, 8)), ((6, 8), (5, 7)), ((3, 4), (11, 4)), ((9, 13), (4, 1)), ((1, 1), (3, 2)), ((4, 6), (8, 12))]


@CORNERS
@pytest.mark.parametrize(("size", "new_size"), SIZES)
def test_equals_numpy(size, new_size, align_corners):
    images = uniform("resize/images", (2, *size, 3))
    resized = ops.convert_to_numpy(bilinear_resize(images, new_size, align_corners=align_corners))
    expected = numpy_reference.bilinear_resize(images, *new_size, align_corners)
    np.testing.assert_allclose(resized, expected, rtol=0, atol=1e-5)


@CORNERS
@pytest.mark.parametrize(("size", "new_size"), [*SIZES, ((25, 29), (200, 232)), ((6, 10), (6, 10))])
def test_taps_of_sizes_known_late_are_the_same(size, new_size, align_corners):
    for n_in, n_out in zip(size, new_size, strict=True):
        known = static_taps(n_in, n_out, align_corners)
        late = _dynamic_taps(ops.convert_to_tensor(n_in), ops.convert_to_tensor(n_out), align_corners)
        low, high, weight = (ops.convert_to_numpy(tap) for tap in late)
        # An exact position may come out a rounding error below: then the other tap has all the weight.
        np.testing.assert_allclose(low + weight, known[0] + known[2], rtol=0, atol=1e-4)
        np.testing.assert_array_equal(high, np.minimum(low + 1, n_in - 1))


@CORNERS
@pytest.mark.parametrize(("size", "new_size"), SIZES)
def test_sizes_as_tensors(size, new_size, align_corners):
    if keras.backend.backend() == "jax":
        pytest.skip("JAX knows every size while tracing")
    images = uniform("resize/images", (2, *size, 3))
    tensors = tuple(ops.convert_to_tensor(side) for side in new_size)
    resized = ops.convert_to_numpy(bilinear_resize(images, tensors, align_corners=align_corners))
    expected = numpy_reference.bilinear_resize(images, *new_size, align_corners)
    np.testing.assert_allclose(resized, expected, rtol=0, atol=1e-5)


@CORNERS
@pytest.mark.parametrize(("height", "width"), [(5, 7), (6, 7), (6, 8)])
def test_unknown_sizes_in_a_graph(height, width, align_corners):
    if keras.backend.backend() != "tensorflow":
        pytest.skip("TensorFlow alone traces without knowing sizes")
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3), tf.float32)])
    def to_even(images):
        _, rows, columns, _ = ops.shape(images)
        return bilinear_resize(images, (even_size(rows), even_size(columns)), align_corners=align_corners)

    images = uniform("resize/images", (2, height, width, 3))
    expected = numpy_reference.bilinear_resize(images, even_size(height), even_size(width), align_corners)
    np.testing.assert_allclose(to_even(images), expected, rtol=0, atol=1e-5)


@CORNERS
def test_same_size_is_the_same_tensor(align_corners):
    images = ops.convert_to_tensor(uniform("resize/images", (2, 6, 8, 3)))
    assert bilinear_resize(images, (6, 8), align_corners=align_corners) is images


def test_conventions_differ():
    images = uniform("resize/images", (2, 5, 7, 3))
    half_pixel, aligned = (ops.convert_to_numpy(bilinear_resize(images, (6, 8), corners)) for corners in (False, True))
    assert np.abs(half_pixel - aligned).max() > 0.05
    np.testing.assert_allclose(aligned[:, -1, -1], images[:, -1, -1], atol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_keeps_the_dtype(dtype):
    images = ops.cast(uniform("resize/images", (2, 5, 7, 3)), dtype)
    assert keras.backend.standardize_dtype(bilinear_resize(images, (6, 8)).dtype) == dtype


def test_symbolic_shape():
    assert bilinear_resize(keras.KerasTensor((None, 5, 7, 3)), (6, 8)).shape == (None, 6, 8, 3)


@pytest.mark.once
def test_even_size():
    assert [even_size(size) for size in (1, 2, 13, 14)] == [2, 2, 14, 14]
