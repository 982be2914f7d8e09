import keras
import numpy as np
import pytest
from keras import layers

from keras_mobilevitv3.classification.class_scores import meaning_of_outputs
from keras_mobilevitv3.probabilities import as_probabilities
from tests.tiny_networks import tiny_classifier

pytestmark = pytest.mark.once


def features():
    return tiny_classifier("separable", include_top=False, pooling="avg", input_shape=(64, 64, 3))


def ending_in(*ends):
    """A functional model of features and these layers or operations."""
    model = features()
    outputs = model.output
    for end in ends:
        outputs = end(outputs)
    return keras.Model(model.input, outputs)


def sequential(*ends):
    return keras.Sequential([keras.Input((64, 64, 3)), features(), *ends])


MODELS = {
    "softmax": [
        lambda: tiny_classifier("separable"),
        lambda: tiny_classifier("multi_head"),
        lambda: ending_in(layers.Dense(3), layers.Softmax()),
        lambda: ending_in(layers.Dense(3), keras.ops.softmax),
        lambda: ending_in(layers.Dense(3), layers.Activation("softmax", dtype="float32")),
        lambda: sequential(keras.Sequential([layers.Dense(3)]), layers.Softmax()),
        lambda: sequential(layers.Dense(3, activation=keras.ops.softmax)),
    ],
    "sigmoid": [
        lambda: tiny_classifier("separable", classifier_activation="sigmoid"),
        lambda: ending_in(layers.Dense(3), keras.ops.sigmoid),
        lambda: sequential(layers.Dense(1, activation="sigmoid")),
    ],
    "logits": [
        lambda: tiny_classifier("multi_head", classifier_activation=None),
        lambda: ending_in(layers.Dense(3), layers.Dropout(0.1)),
        lambda: ending_in(layers.Dense(3), layers.Activation("linear")),
        lambda: sequential(keras.Sequential([layers.Dense(3)])),
    ],
    "features": [
        features,
        lambda: tiny_classifier("separable", include_top=False),
        lambda: ending_in(layers.LayerNormalization()),
    ],
    "unknown": [
        lambda: ending_in(layers.Dense(3, activation="relu")),
        lambda: ending_in(layers.Dense(3), layers.Lambda(lambda values: values * 2)),
        lambda: tiny_classifier("separable", classifier_activation="log_softmax"),
    ],
}


@pytest.mark.parametrize(
    ("activation", "build"), [(activation, build) for activation, builds in MODELS.items() for build in builds]
)
def test_what_stands_at_the_end(activation, build):
    assert meaning_of_outputs(build()) == activation


def test_frozen_lora_and_quantized_layers_tell_the_same():
    model = tiny_classifier("separable", classifier_activation=None, classes=8)
    model.trainable = False
    assert meaning_of_outputs(model) == "logits"
    model.get_layer("predictions").enable_lora(2)
    assert meaning_of_outputs(model) == "logits"
    quantized = tiny_classifier("separable", classifier_activation=None, classes=8)
    quantized.get_layer("predictions").quantize("int8")
    assert meaning_of_outputs(quantized) == "logits"


def test_probabilities():
    outputs = np.array([[0.5, -1.0, 3.0], [-1000.0, 1000.0, 0.0]])
    assert as_probabilities(outputs, "none") is outputs
    np.testing.assert_allclose(as_probabilities(outputs[:1], "sigmoid"), 1 / (1 + np.exp(-outputs[:1])))
    np.testing.assert_allclose(as_probabilities(outputs, "sigmoid")[1], [0.0, 1.0, 0.5])
    exponentials = np.exp(outputs[0])
    np.testing.assert_allclose(as_probabilities(outputs, "softmax")[0], exponentials / exponentials.sum())
    np.testing.assert_allclose(as_probabilities(outputs, "softmax")[1], [0.0, 1.0, 0.0])
