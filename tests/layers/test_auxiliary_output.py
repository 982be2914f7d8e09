import keras
import numpy as np
import pytest

from keras_mobilevitv3.layers import AuxiliaryOutput
from tests import numpy_reference
from tests.reference_arrays import uniform

MAPS = uniform("auxiliary/maps", (2, 3, 4, 2), -1, 1)
LIKE = np.zeros((2, 11, 7, 2), "float32")


@pytest.mark.parametrize("align_corners", [False, True])
def test_auxiliary_output(align_corners):
    layer = AuxiliaryOutput(loss_weight=0.25, align_corners=align_corners, name="aux")
    expected = numpy_reference.bilinear_resize(MAPS, 11, 7, align_corners)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(MAPS, LIKE)), expected, atol=1e-6)
    config = layer.get_config()
    assert (config["loss_weight"], config["align_corners"]) == (0.25, align_corners)
    copy = keras.layers.deserialize(keras.layers.serialize(layer))
    assert copy.get_config() == config
    assert layer(keras.Input((None, None, 2)), keras.Input((11, None, 5))).shape == (None, 11, None, 2)


@pytest.mark.once
def test_bad_loss_weight():
    with pytest.raises(ValueError, match="`loss_weight` must be a finite number of at least 0. Received: .*=-1"):
        AuxiliaryOutput(loss_weight=-1)
