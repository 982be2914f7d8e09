import numpy as np
import pytest
from PIL import Image

from keras_mobilevitv3.preprocessing.resizing import resize_weights

pytestmark = pytest.mark.once


def all_weights(input_size, output_size, interpolation="bilinear", antialias=False, start=0, count=None):
    """Weights of all source pixels, those beside the window 0."""
    count = count or output_size
    first, number, weights = resize_weights(input_size, output_size, start, count, interpolation, antialias)
    assert weights.shape == (count, number) and 0 <= first <= first + number <= input_size
    whole = np.zeros((count, input_size), "float32")
    whole[:, first : first + number] = weights
    return whole


SIZES = [(50, 20), (50, 49), (49, 98), (7, 30), (30, 7), (1, 5), (5, 1), (288, 288)]


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize(("input_size", "output_size"), SIZES)
def test_weights_of_each_output_add_up_to_one(input_size, output_size, interpolation, antialias):
    weights = all_weights(input_size, output_size, interpolation, antialias)
    assert weights.dtype == np.float32
    np.testing.assert_array_equal(weights.sum(axis=1, dtype="float64"), 1.0)
    np.testing.assert_array_equal(weights * 2**16, np.round(weights * 2**16))  # so that float32 sums are exact


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_same_size_is_identity(interpolation, antialias):
    np.testing.assert_array_equal(all_weights(9, 9, interpolation, antialias), np.eye(9))


@pytest.mark.parametrize(("name", "pillow"), [("bilinear", Image.BILINEAR), ("bicubic", Image.BICUBIC)])
@pytest.mark.parametrize(("input_size", "output_size"), SIZES)
def test_antialias_equals_pillow_in_float(input_size, output_size, name, pillow):
    row = np.random.default_rng(0).uniform(0, 255, (1, input_size)).astype("float32")
    expected = np.asarray(Image.fromarray(row).resize((output_size, 1), pillow))
    result = row @ all_weights(input_size, output_size, name, antialias=True).T
    np.testing.assert_allclose(result, expected, atol=1e-2)


@pytest.mark.parametrize(("input_size", "output_size"), SIZES)
def test_bilinear_equals_linear_interpolation_between_pixel_centers(input_size, output_size):
    row = np.random.default_rng(0).uniform(0, 255, input_size)
    centers = (np.arange(output_size) + 0.5) * input_size / output_size - 0.5
    expected = np.interp(centers, np.arange(input_size), row)  # which repeats the border
    np.testing.assert_allclose(all_weights(input_size, output_size) @ row, expected, atol=1e-2)


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize(("input_size", "output_size"), SIZES)
def test_a_part_has_the_weights_of_the_whole(input_size, output_size, interpolation, antialias):
    whole = all_weights(input_size, output_size, interpolation, antialias)
    for start, count in ((0, 1), (output_size // 2, output_size - output_size // 2), (output_size - 1, 1)):
        part = all_weights(input_size, output_size, interpolation, antialias, start, count)
        np.testing.assert_allclose(part, whole[start : start + count], atol=1e-9)
