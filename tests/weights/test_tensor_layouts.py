import numpy as np
import pytest

from keras_mobilevitv3.weights.tensor_layouts import from_keras, official_shape, reverse_channels, to_keras

pytestmark = pytest.mark.once

# layout: (official shape, Keras shape, Keras index of the official element at an index)
LAYOUTS = {
    "conv": ((2, 3, 4, 5), (4, 5, 3, 2), lambda out, channel, row, column: (row, column, channel, out)),
    "depthwise": ((6, 1, 3, 2), (3, 2, 6, 1), lambda channel, one, row, column: (row, column, channel, one)),
    "linear": ((2, 3), (3, 2), lambda out, channel: (channel, out)),
    "pointwise": ((2, 3, 1, 1), (3, 2), lambda out, channel, row, column: (channel, out)),
    "matrix": ((2, 3), (2, 3), lambda row, column: (row, column)),
    "vector": ((5,), (5,), lambda index: (index,)),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_element_goes_to_its_place_and_back(layout):
    shape, keras_shape, place = LAYOUTS[layout]
    official = np.random.default_rng(0).normal(size=shape)
    converted = to_keras(official, layout)
    assert converted.shape == keras_shape
    assert official_shape(keras_shape, layout) == shape
    for index in np.ndindex(shape):
        assert converted[place(*index)] == official[index]
    np.testing.assert_array_equal(from_keras(converted, layout), official)


def test_reverse_channels_turns_bgr_into_rgb_and_back():
    kernel = np.arange(2 * 3 * 2 * 2).reshape(2, 3, 2, 2)
    reversed_kernel = reverse_channels(kernel)
    for channel in range(3):
        np.testing.assert_array_equal(reversed_kernel[:, channel], kernel[:, 2 - channel])
    np.testing.assert_array_equal(reverse_channels(reversed_kernel), kernel)
