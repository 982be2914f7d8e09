import keras
import numpy as np
import pytest

from keras_mobilevitv3.models.model_traits import attention_of, from_pixels, nested_layers, scales_pixels
from tests.tiny_networks import tiny_classifier

pytestmark = pytest.mark.once


@pytest.mark.parametrize("attention", ["multi_head", "separable"])
@pytest.mark.parametrize("include_preprocessing", [True, False])
def test_also_inside_another_model(attention, include_preprocessing):
    network = tiny_classifier(attention, include_preprocessing=include_preprocessing)
    images = np.full((1, 2, 2, 3), 51.0, "float32")
    for model in (network, keras.Sequential([network, keras.layers.Dense(2)])):
        assert attention_of(model) == attention
        assert scales_pixels(model) == include_preprocessing
        np.testing.assert_allclose(from_pixels(model, images), 51.0 if include_preprocessing else 0.2, rtol=1e-6)
        assert set(network.layers) <= set(nested_layers(model))


def test_a_network_of_others():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    assert attention_of(model) is None
    assert not scales_pixels(model)
