"""One arithmetic in NumPy, on each backend and in graphs of TensorFlow of unknown size."""

import keras
import numpy as np
import pytest
from sklearn.datasets import load_sample_image

from keras_mobilevitv3.preprocessing.linear_interpolation import corner_taps, interpolate, stride_taps
from keras_mobilevitv3.preprocessing.resizing import center_crop, resize_image, resize_part

PHOTO = load_sample_image("flower.jpg")
SHAPES = [(427, 640), (90, 61), (300, 300), (5, 40), (1, 300), (256, 288)]
HOW = [("bilinear", False), ("bicubic", True), ("bilinear", True), ("bicubic", False)]


def crop(image, how, size=(96, 64), ops=np):
    """The centre, of which the shorter side is 100."""
    return resize_part(image, *center_crop(ops.shape(image)[-3:-1], 100, size, ops), size, *how, ops=ops)


def graph(function, rank):
    import tensorflow as tf

    return tf.function(function, input_signature=[tf.TensorSpec([None] * (rank - 1) + [3], "uint8")])


def assert_same(result, expected, antialias):
    """Equal; without antialiasing a sum may fall on the other side of a half."""
    result = keras.ops.convert_to_numpy(result)
    assert result.shape == expected.shape and result.dtype == np.float32
    difference = np.abs(result - expected)
    assert difference.max() <= (0 if antialias else 1) and np.mean(difference > 0) < 1e-3


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("shape", SHAPES)
def test_tensors_as_arrays(shape, how):
    image = PHOTO[: shape[0], : shape[1]]
    assert_same(crop(keras.ops.convert_to_tensor(image), how, ops=keras.ops), crop(image, how), how[1])


@pytest.mark.backend("tensorflow")
@pytest.mark.parametrize("how", HOW)
def test_graphs_of_unknown_size_as_arrays(how):
    of_image, of_batch = (graph(lambda images: crop(images, how, ops=keras.ops), rank) for rank in (3, 4))
    for shape in SHAPES:
        image = PHOTO[: shape[0], : shape[1]]
        batch = np.stack([image, image[::-1]])
        assert_same(of_image(image), crop(image, how), how[1])
        assert_same(of_batch(batch), np.stack([crop(each, how) for each in batch]), how[1])


@pytest.mark.once
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_part_of_the_whole(shape, how):
    image = PHOTO[: shape[0], : shape[1]]
    (height, width), (top, left) = center_crop(shape, 100, (96, 64))
    whole = resize_image(image, (height, width), *how)
    np.testing.assert_array_equal(crop(image, how), whole[top : top + 96, left : left + 64])


@pytest.mark.backend("tensorflow")
@pytest.mark.parametrize("taps", [corner_taps, lambda length, size, ops=np: stride_taps(length, size, 4, ops)])
@pytest.mark.parametrize("size", [(7, 100), (50, 3), (1, 1)])
def test_linear_interpolation_in_graphs(taps, size):
    def enlarge(maps, size, ops):
        for axis in (0, 1):
            maps = interpolate(maps, taps(ops.shape(maps)[axis], size[axis], ops), axis, ops)
        return maps

    import tensorflow as tf

    maps = np.random.default_rng(0).normal(size=(9, 13, 4)).astype("float32")
    graph = tf.function(lambda maps, size: enlarge(maps, tf.unstack(size, 2), keras.ops))
    specs = tf.TensorSpec((None, None, 4), "float32"), tf.TensorSpec((2,), "int32")
    result = graph.get_concrete_function(*specs)(tf.constant(maps), tf.constant(size))
    np.testing.assert_allclose(result, enlarge(maps, size, np), atol=1e-6)
