import keras
import numpy as np
import pytest

from keras_mobilevitv3.blocks.family_of_model import family_of
from keras_mobilevitv3.layers.nested_layers import nested_layers
from keras_mobilevitv3.preprocessing.pixel_range import from_pixels, scales_pixels
from tests.tiny_networks import tiny_classifier

pytestmark = pytest.mark.once


@pytest.mark.parametrize("attention", ["multi_head", "separable"])
@pytest.mark.parametrize("include_preprocessing", [True, False])
def test_also_inside_another_model(attention, include_preprocessing):
    network = tiny_classifier(attention, include_preprocessing=include_preprocessing)
    images = np.full((1, 2, 2, 3), 51.0, "float32")
    for model in (network, keras.Sequential([network, keras.layers.Dense(2)])):
        assert family_of(model).attention == attention
        assert scales_pixels(model) == include_preprocessing
        np.testing.assert_allclose(from_pixels(model, images), 51.0 if include_preprocessing else 0.2, rtol=1e-6)
        assert set(network.layers) <= set(nested_layers(model))


def test_a_network_of_others():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    assert family_of(model) is None
    assert not scales_pixels(model)


def in_front(*layers, include_preprocessing=False):
    network = tiny_classifier("separable", input_shape=(64, 64, 3), include_preprocessing=include_preprocessing)
    return keras.Sequential([keras.Input((64, 64, 3)), *layers, network])


def after(operation, include_preprocessing=False):
    network = tiny_classifier("separable", input_shape=(64, 64, 3), include_preprocessing=include_preprocessing)
    inputs = keras.Input((64, 64, 3))
    return keras.Model(inputs, network(operation(inputs)))


def adapted():
    layer = keras.layers.Normalization()
    layer.adapt(np.random.default_rng(0).uniform(0, 255, (20, 64, 64, 3)).astype("float32"))
    return layer


@pytest.mark.parametrize(
    ("build", "takes_pixels"),
    [
        (lambda: in_front(), False),
        (lambda: in_front(include_preprocessing=True), True),
        (lambda: in_front(keras.layers.Rescaling(1 / 127.5, offset=-1)), True),
        (lambda: in_front(keras.Sequential([keras.layers.RandomFlip(), keras.layers.Rescaling(1 / 255)])), True),
        (lambda: in_front(keras.layers.Rescaling(255.0), include_preprocessing=True), False),
        (lambda: in_front(adapted()), True),
        (lambda: in_front(keras.layers.Normalization(mean=[0.485, 0.456, 0.406], variance=[0.05, 0.05, 0.05])), False),
        (
            lambda: in_front(keras.layers.Rescaling(1 / 255), keras.layers.Normalization(mean=0.5, variance=0.06)),
            True,
        ),
        (lambda: in_front(keras.layers.Normalization(mean=0.0, variance=1.0)), False),
        (lambda: after(lambda images: images / 255), True),
        (lambda: after(lambda images: (images - 127.5) / np.full(3, 127.5, "float32")), True),
        (lambda: after(lambda images: keras.ops.multiply(1 / 255, images)), True),
        (lambda: after(lambda images: 255 * images, include_preprocessing=True), False),
        (lambda: after(lambda images: keras.ops.flip(images, axis=1)), False),
    ],
)
def test_values_of_pixels(build, takes_pixels):
    assert scales_pixels(build()) == takes_pixels
