import keras
import numpy as np
import pytest

from keras_mobilevitv3.interop.keras_hub import PixelAccuracy

LABELS = np.array([[[0, 1], [2, 255]], [[255, 1], [1, 1]]])
SCORES = np.eye(3)[[[[0, 1], [1, 0]], [[0, 1], [2, 0]]]]  # three of the six are right


@pytest.mark.parametrize("shape", [(2, 2, 2), (2, 2, 2, 1)])
def test_pixels_of_no_class_do_not_count(shape):
    metric = PixelAccuracy()
    metric.update_state(LABELS.reshape(shape), SCORES)
    assert float(metric.result()) == 0.5
    metric.update_state(LABELS.reshape(shape)[:1], SCORES[:1])
    assert float(metric.result()) == np.float32(5 / 9)


def test_weights_of_pixels():
    metric = PixelAccuracy()
    weights = np.zeros((2, 2, 2))
    weights[0] = 2.0
    metric.update_state(LABELS, SCORES, sample_weight=weights)
    assert float(metric.result()) == np.float32(2 / 3)


@pytest.mark.once
def test_config_comes_back():
    metric = PixelAccuracy(ignore_class=0, name="accuracy")
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert copy.get_config() == metric.get_config() and copy.ignore_class == 0
