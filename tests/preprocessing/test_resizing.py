import numpy as np
import pytest
from PIL import Image

from keras_mobilevitv3.preprocessing import resize_image
from tests.reference_arrays import uniform

pytestmark = pytest.mark.once

IMAGE = uniform("resize_image", (41, 60, 3), 0, 256).astype("uint8")


@pytest.mark.parametrize("size", [(20, 33), (41, 90), (64, 64)])
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_equals_pillow(size, interpolation):
    expected = Image.fromarray(IMAGE).resize(size[::-1], getattr(Image.Resampling, interpolation.upper()))
    resized = resize_image(IMAGE, size, interpolation, antialias=True)
    assert (resized.dtype, resized.shape) == (np.uint8, (*size, 3))
    assert np.abs(resized.astype(int) - np.asarray(expected).astype(int)).max() <= 1


def test_two_taps_without_antialiasing():
    resized = resize_image(IMAGE, (41, 20))
    np.testing.assert_array_equal(resized, IMAGE[:, 1::3])  # output i reads at 3 i + 1


def test_its_own_size():
    assert resize_image(IMAGE, (41, 60)) is IMAGE
