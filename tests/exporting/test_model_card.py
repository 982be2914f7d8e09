import json

import pytest

from keras_mobilevitv3 import SSDLite
from keras_mobilevitv3.exporting.deployment import deployed_model
from keras_mobilevitv3.exporting.model_card import describe_model, describe_versions, variant_of, write_model_card
from tests.tiny_networks import TINY, tiny_classifier

pytestmark = pytest.mark.once


def card_of(model, weights=None, names=None):
    return describe_model(model, deployed_model(model), weights, names)


@pytest.mark.parametrize(
    ("name", "weights", "license"),
    [
        ("mobilevitv3_xs_l2", "imagenet", "Micron"),
        ("mobilevitv2_100", "imagenet", "Apple"),
        ("mobilevitv3_xs", "my.weights.h5", "not stated"),
        ("mobilevitv3_xs", None, "not stated"),
        ("other", "imagenet", "not stated"),
    ],
)
def test_weights_and_their_licence(name, weights, license):
    card = card_of(tiny_classifier("separable", name=name), weights)
    assert card["variant"] == (None if name == "other" else name)
    assert card["weights"]["source"] == (weights or "not stated")
    assert card["weights"]["license"].startswith(license)


def test_input_output_and_preprocessing():
    card = card_of(tiny_classifier("multi_head", include_preprocessing=False), names=list("abcde"))
    assert card["input"] == {
        "shape": [None, None, None, 3],
        "dtype": "float32",
        "layout": "NHWC, RGB",
        "pixel_values": "0-1",
    }
    assert card["outputs"] == {
        "scores": {"shape": [None, 5], "dtype": "float32", "meaning": "probabilities of the classes"}
    }
    assert card["preprocessing"] == (
        "resize the shorter side to 288 (bilinear, without antialiasing), crop the central 256x256, "
        "then divide pixel values by 255"
    )
    assert card["class_names"] == list("abcde")


@pytest.mark.parametrize(
    ("classes", "activation", "given", "meaning"),
    [
        (3, "sigmoid", None, "independent probability of each label; an image may have several labels"),
        (3, None, None, "logits of the classes; a softmax turns them into probabilities"),
        (3, None, "sigmoid", "independent logit of each label; a sigmoid turns it into a probability"),
        (1, None, None, "logit of the second of two classes; a sigmoid turns it into a probability"),
        (1, "sigmoid", None, "probability of the second of two classes"),
    ],
)
def test_what_scores_are(classes, activation, given, meaning):
    model = tiny_classifier("separable", classes=classes, classifier_activation=activation)
    (output,) = describe_model(model, deployed_model(model), None, None, given)["outputs"].values()
    assert output["meaning"] == meaning


def test_detector():
    card = card_of(SSDLite(TINY["separable"], classes=2, input_shape=(32, 64, 3), name="ssdlite_mobilevitv3_050"))
    assert (card["task"], card["variant"]) == ("detector", "mobilevitv3_050")
    assert card["preprocessing"].startswith("resize to the input size (bicubic, with antialiasing)")
    assert set(card["outputs"]) == {"boxes", "labels", "confidence", "num_detections"}


def test_the_longest_id_is_the_variant():
    assert variant_of(tiny_classifier("separable", name="deeplabv3_mobilevitv3_s_l2")) == "mobilevitv3_s_l2"


def test_written_as_markdown_and_json(tmp_path):
    card = card_of(tiny_classifier("separable"), names=["a", "b", "c", "d", "e"])
    card["versions"] = describe_versions("saved_model")
    markdown, path = write_model_card(tmp_path / "net.onnx.card.json", card)
    assert json.loads(path.read_text()) == card
    text = markdown.read_text()
    assert markdown.name == "net.onnx.card.md" and text.startswith("# mobilevit\n")
    for part in ("**Task**: classifier", "## Outputs", "**scores**: shape", "a, b, c, d, e", "**keras**:"):
        assert part in text
