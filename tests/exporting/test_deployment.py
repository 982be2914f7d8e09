import keras
import numpy as np
import pytest

from keras_mobilevitv3 import DeepLabV3, SSDLite
from keras_mobilevitv3.exporting.deployment import deployed_model, task_of
from keras_mobilevitv3.exporting.export_arguments import names_of_classes
from keras_mobilevitv3.exporting.graph.detection_decoding import DetectionDecoding
from tests.check_model import forward
from tests.tiny_networks import SHALLOW, tiny_classifier


@pytest.mark.once
@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        ({}, "scores"),
        ({"classifier_activation": None}, "logits"),
        ({"include_top": False, "pooling": "avg"}, "features"),
        ({"include_top": False}, "features"),
        ({"classifier_activation": "sigmoid"}, "scores"),
    ],
)
def test_classifiers(arguments, output):
    model = tiny_classifier("separable", **arguments)
    assert list(deployed_model(model).output) == [output]
    assert task_of(model) == "classifier"


@pytest.mark.once
@pytest.mark.parametrize(
    ("end", "activation", "message"),
    [
        (
            "log_softmax",
            None,
            "`activation` must be one of .* for a model that ends in 'predictions', because the meaning",
        ),
        ("softmax", "softmax", "`activation` must be 'none' or None for a model that ends in softmax"),
        ("sigmoid", "features", "`activation` must be 'none' or None for a model that ends in sigmoid"),
        (None, "relu", r"`activation` must be one of \['softmax', 'sigmoid', 'none', 'features'\] or None"),
    ],
)
def test_activations_that_do_not_fit(end, activation, message):
    model = tiny_classifier("separable", classifier_activation=end)
    with pytest.raises(ValueError, match=f"{message}.*Received: activation={activation!r}"):
        deployed_model(model, activation=activation)


@pytest.mark.once
@pytest.mark.parametrize(
    ("end", "activation", "output"),
    [
        ("log_softmax", "none", "scores"),
        (None, "sigmoid", "logits"),
        (None, "none", "scores"),
        ("relu", "features", "features"),
    ],
)
def test_outputs_as_the_user_says(end, activation, output):
    model = tiny_classifier("separable", classifier_activation=end)
    assert list(deployed_model(model, activation=activation).output) == [output]


@pytest.mark.once
def test_class_names_of_other_classifiers():
    one = tiny_classifier("separable", classes=1, classifier_activation="sigmoid")
    assert names_of_classes(one, None) == ["class 0", "class 1"]
    assert names_of_classes(one, ["dog", "cat"]) == ["dog", "cat"]
    features = tiny_classifier("separable", include_top=False, pooling="avg")
    assert names_of_classes(features, None) is None
    with pytest.raises(ValueError, match="`class_names` must be None for a feature extractor. Received: "):
        names_of_classes(features, ["dog", "cat"])


def test_segmenters_without_the_auxiliary_head():
    model = DeepLabV3(SHALLOW["multi_head"], classes=4, input_shape=(32, 64, 3), aux_head=True)
    images = np.random.default_rng(0).uniform(0, 255, (1, 32, 64, 3)).astype("float32")
    deployed = deployed_model(model)
    assert list(deployed.output) == ["logits"]
    assert not [layer.name for layer in deployed.layers if layer.name.startswith("aux")]
    logits = forward(deployed, images)["logits"]
    (classes,) = forward(deployed_model(model, class_map=True), images).values()
    assert classes.dtype == np.int32
    np.testing.assert_array_equal(classes, logits.argmax(axis=-1))


@pytest.mark.once
def test_masks_of_one_class():
    model = DeepLabV3(SHALLOW["multi_head"], classes=1, input_shape=(32, 64, 3))
    images = np.random.default_rng(0).uniform(0, 255, (1, 32, 64, 3)).astype("float32")
    bias = model.get_layer("classifier").conv.bias
    bias.assign(bias - np.median(forward(model, images)))
    (classes,) = forward(deployed_model(model, class_map=True), images).values()
    assert classes.dtype == np.int32 and 0.3 < classes.mean() < 0.7
    np.testing.assert_array_equal(classes, forward(model, images)[..., 0] > 0)


@pytest.mark.once
@pytest.mark.parametrize(
    ("given", "names"),
    [
        (None, ["background", "foreground"]),
        (["cat"], ["background", "cat"]),
        (["no cat", "cat"], ["no cat", "cat"]),
    ],
)
def test_names_of_one_class(given, names):
    model = DeepLabV3(SHALLOW["multi_head"], classes=1, input_shape=(32, 64, 3))
    assert names_of_classes(model, given) == names
    with pytest.raises(ValueError, match="`class_names` must be a sequence of the name of the one class.*Received: "):
        names_of_classes(model, ["a", "b", "c"])


@pytest.mark.release("tensorflow", "jax")
def test_detectors():
    model = SSDLite(
        SHALLOW["separable"], classes=2, input_shape=(32, 32, 3), max_detections=20, candidates_per_class=20
    )
    images = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype("float32")
    deployed = deployed_model(model)
    outputs, expected = forward(deployed, images), model.predict(images, verbose=0)
    for name, tensor in deployed.output.items():
        assert (outputs[name].shape[1:], outputs[name].dtype) == (tensor.shape[1:], tensor.dtype)
        np.testing.assert_allclose(outputs[name], expected[name], atol=1e-4)
    assert set(deployed_model(model, postprocessing=False).output) == {"class_logits", "box_regressions"}
    layer = deployed.get_layer("detections")
    assert DetectionDecoding.from_config(layer.get_config()).get_config() == layer.get_config()


@pytest.mark.once
def test_other_models():
    images = keras.Input((8, 8, 3))
    for outputs in (
        {"a": images, "b": 2 * images},
        [keras.layers.Flatten(name="a")(images), keras.layers.Dense(2, name="b")(images)],
    ):
        model = keras.Model(images, outputs)
        assert task_of(model) == "network" and list(deployed_model(model).output) == ["a", "b"]
        assert names_of_classes(model, None) is None
        with pytest.raises(ValueError, match="`class_names` must be None"):
            names_of_classes(model, ["a", "b"])
    for model in (keras.Model([images, keras.Input((3,))], images), keras.Sequential([keras.layers.Dense(2)])):
        with pytest.raises(ValueError, match="`model` must be a built functional or `Sequential` model with one input"):
            task_of(model)
