import keras
import numpy as np
import pytest
from PIL import Image

from keras_mobilevitv3 import predict_classes
from keras_mobilevitv3.classification.model_input import prepare_images
from tests.check_layer import fill_weights
from tests.reference_arrays import uniform
from tests.tiny_networks import tiny_classifier

pytestmark = pytest.mark.once

PHOTOS = [
    uniform(f"predict_classes/{height}", (height, width, 3), 0, 256).astype("uint8")
    for height, width in ((70, 93), (128, 64), (64, 64))
]
NAMES = ("apple", "pear", "plum", "fig", "quince")


@pytest.fixture(scope="module")
def model():
    classifier = tiny_classifier("separable", input_shape=(64, 64, 3))
    fill_weights(classifier)
    return classifier


def test_names_and_probabilities_of_many(model):
    expected = keras.ops.convert_to_numpy(model(prepare_images(model, PHOTOS)))
    found = predict_classes(model, PHOTOS, top=3, class_names=NAMES, batch_size=2)
    for best, scores in zip(found, expected, strict=True):
        order = np.argsort(-scores)[:3]
        assert [(label, name) for label, name, _ in best] == [(label, NAMES[label]) for label in order]
        np.testing.assert_allclose([score for _, _, score in best], scores[order], rtol=1e-4)
    assert predict_classes(model, []) == []


def test_one_image_in_all_forms(model, tmp_path):
    picture = Image.fromarray(PHOTOS[0])
    picture.save(tmp_path / "photo.png")
    expected = predict_classes(model, [PHOTOS[0]])[0]
    assert [name for _, name, _ in expected] == [f"class {label}" for label, _, _ in expected]
    for image in (PHOTOS[0], picture, picture.convert("RGBA"), tmp_path / "photo.png", PHOTOS[0].astype("float32")):
        assert predict_classes(model, image) == expected
    assert predict_classes(model, tmp_path) == predict_classes(model, PHOTOS[0][None]) == [expected]


def test_several_labels_and_one_unit():
    several = tiny_classifier("separable", input_shape=(64, 64, 3), classifier_activation="sigmoid")
    (found,) = predict_classes(several, PHOTOS[:1], class_names=NAMES)
    scores = keras.ops.convert_to_numpy(several(prepare_images(several, PHOTOS[:1])))[0]
    assert {name: score for _, name, score in found} == pytest.approx(dict(zip(NAMES, scores)), rel=1e-4)
    one = tiny_classifier("separable", input_shape=(64, 64, 3), classes=1, classifier_activation=None)
    (found,) = predict_classes(one, PHOTOS[:1], class_names=("dog", "cat"))
    logit = float(keras.ops.convert_to_numpy(one(prepare_images(one, PHOTOS[:1])))[0, 0])
    assert {name: score for _, name, score in found} == pytest.approx(
        {"dog": 1 / (1 + np.exp(logit)), "cat": 1 / (1 + np.exp(-logit))}, rel=1e-4
    )


def test_bad_arguments(model):
    for name in ("top", "batch_size"):
        for value in (0, -1, 2.0, True, "3", None):
            with pytest.raises(ValueError, match=f"`{name}` must be a positive integer. Received: {name}="):
                predict_classes(model, PHOTOS, **{name: value})
    with pytest.raises(ValueError, match="`images` must be an image or a list of images"):
        predict_classes(model, 3)
    with pytest.raises(ValueError, match="`class_names` must be a sequence of 5 strings"):
        predict_classes(model, PHOTOS, class_names=["a"])
    with pytest.raises(ValueError, match="`activation` must be 'none' or None for a model that ends in softmax"):
        predict_classes(model, PHOTOS, activation="softmax")
    with pytest.raises(ValueError, match="`model` must be a classifier, not a feature extractor"):
        predict_classes(tiny_classifier("separable", include_top=False, pooling="avg"), PHOTOS)
    with pytest.raises(ValueError, match="`model` must be a classifier with one input"):
        predict_classes("model.keras", PHOTOS)
