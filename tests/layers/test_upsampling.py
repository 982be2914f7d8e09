import keras
import numpy as np
import pytest

from keras_mobilevitv3.layers import Upsampling
from tests import numpy_reference
from tests.check_layer import check_in_model, check_layer
from tests.reference_arrays import uniform

MAPS = uniform("upsampling/maps", (2, 3, 4, 2), -1, 1)
LIKE = np.zeros((2, 11, 7, 5), "float32")


def upsampled(*inputs, **arguments):
    return keras.ops.convert_to_numpy(Upsampling(**arguments)(*inputs))


def test_layer(tmp_path):
    arguments = {"scale": 3, "align_corners": True}
    check_layer(Upsampling, arguments, (2, 3, 4, 2), (2, 9, 12, 2), trainable=0, other_shape=(1, 5, 2, 2))
    check_in_model(Upsampling, arguments, (2, 3, 4, 2), tmp_path)


@pytest.mark.parametrize("align_corners", [False, True])
def test_by_a_factor(align_corners):
    expected = numpy_reference.bilinear_resize(MAPS, 12, 16, align_corners)
    np.testing.assert_allclose(upsampled(MAPS, scale=4, align_corners=align_corners), expected, atol=1e-6)


@pytest.mark.parametrize("align_corners", [False, True])
def test_to_a_size(align_corners):
    expected = numpy_reference.bilinear_resize(MAPS, 11, 7, align_corners)
    np.testing.assert_allclose(upsampled(MAPS, LIKE, align_corners=align_corners), expected, atol=1e-6)


@pytest.mark.parametrize("size", [(12, 16), (11, 13), (20, 17)])
def test_by_a_factor_and_then_to_a_size(size):
    enlarged = numpy_reference.bilinear_resize(MAPS, 12, 16, False)
    rows = [index * 12 // size[0] for index in range(size[0])]
    columns = [index * 16 // size[1] for index in range(size[1])]
    expected = enlarged[:, rows][:, :, columns]
    like = np.zeros((2, *size, 1), "float32")
    np.testing.assert_allclose(upsampled(MAPS, like, scale=4), expected, atol=1e-6)


@pytest.mark.parametrize("scale", [4, None])
def test_sizes_while_tracing(scale):
    maps, like = keras.Input((None, None, 2)), keras.Input((None, None, 5))
    model = keras.Model([maps, like], Upsampling(scale)(maps, like))
    assert model.output_shape == (None, None, None, 2)
    assert Upsampling(scale)(keras.Input((3, 4, 2)), keras.Input((11, 7, 5))).shape == (None, 11, 7, 2)
    expected = upsampled(MAPS, LIKE, scale=scale)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        signature = [tf.TensorSpec([None, None, None, 2]), tf.TensorSpec([None, None, None, 5])]
        traced = tf.function(lambda *inputs: model(list(inputs)), input_signature=signature)
        np.testing.assert_allclose(traced(MAPS, LIKE), expected, atol=1e-6)
    np.testing.assert_allclose(model.predict([MAPS, LIKE], verbose=0), expected, atol=1e-6)


@pytest.mark.once
@pytest.mark.parametrize("scale", [0, -1, 1.5])
def test_bad_scale(scale):
    with pytest.raises(ValueError, match="`scale` must be a positive integer or None. Received: scale="):
        Upsampling(scale)


@pytest.mark.once
def test_nothing_says_the_size():
    with pytest.raises(ValueError, match="`like` must be given with `scale=None`. Received: like=None"):
        Upsampling()(MAPS)
