import numpy as np
import pytest

from tests.reference_arrays import image, official_parameter, paddle_parameter, train_image, train_labels, uniform

pytestmark = pytest.mark.once


def test_official_parameter_check_value():
    kernel = official_parameter("conv_1.block.conv.weight", (16, 3, 3, 3))
    assert kernel.dtype == np.float32 and kernel.shape == (16, 3, 3, 3)
    np.testing.assert_allclose(kernel.ravel()[:3], [-0.10657536, 0.02118046, 0.3267485], rtol=2e-7)


def test_image_check_value():
    images = image(2, 256, 256)
    assert images.dtype == np.float32 and images.shape == (2, 256, 256, 3)
    np.testing.assert_allclose(images[0, 0, 0], [0.20190531, 0.30280256, 0.55440456], rtol=2e-7)


def test_image_is_cropped_to_odd_sizes_and_darkens():
    images = image(2, 20, 13)
    assert images.shape == (2, 20, 13, 3)
    assert images.min() >= 0 and images[0].max() <= 1 and images[1].max() <= 0.4


@pytest.mark.parametrize(
    ("key", "shape", "low", "high"),
    [
        ("norm.running_mean", (512,), -0.2, 0.2),
        ("norm.running_var", (512,), 0.35, 1.0),
        ("norm.bias", (512,), -0.1, 0.1),
        ("norm.weight", (512,), 0.8, 1.2),
        ("fc.weight", (512, 12), -0.5, 0.5),
        ("conv.weight", (512, 3, 2, 2), -0.5, 0.5),
    ],
)
def test_range_of_each_kind_of_official_parameter(key, shape, low, high):
    values = official_parameter(key, shape)
    assert low <= values.min() < low + 0.05 * (high - low)
    assert high - 0.05 * (high - low) < values.max() <= high


def test_paddle_parameter_differs_in_statistics_and_linear_weights():
    np.testing.assert_array_equal(paddle_parameter("norm._mean", (9,)), uniform("norm._mean", (9,), -0.2, 0.2))
    np.testing.assert_array_equal(paddle_parameter("norm._variance", (9,)), uniform("norm._variance", (9,), 0.35, 1.0))
    np.testing.assert_array_equal(paddle_parameter("fc.weight", (12, 5)), uniform("fc.weight", (12, 5), -0.5, 0.5))


def test_train_batches():
    assert train_image(0).shape == (8, 64, 64, 3) and train_image(0).dtype == np.float32
    assert not np.array_equal(train_image(0), train_image(1))
    assert train_labels(3).shape == (8,) and train_labels(3).min() >= 0 and train_labels(3).max() < 1000
