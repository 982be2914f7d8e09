"""What `load_checkpoint`, `export_checkpoint` and the argument `weights` refuse."""

import pytest

import keras_mobilevitv3
from keras_mobilevitv3 import build_backbone, build_classifier, export_checkpoint, load_checkpoint
from tests.tiny_networks import SHALLOW

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("name", "channel_order", "error", "message"),
    [
        ("missing.pt", None, FileNotFoundError, "missing.pt"),
        ("weights.npz", None, ValueError, r"must end in .weights.h5, .keras, .pt.*weights.npz"),
        (
            "a.pt",
            "rbg",
            ValueError,
            r"`channel_order` must be one of .None, 'rgb', 'bgr'.\. Received: .*='rbg'",
        ),
        ("a.weights.h5", "bgr", ValueError, "must be None or 'rgb' for a file of Keras"),
    ],
)
def test_bad_arguments(saved, tmp_path, name, channel_order, error, message):
    (tmp_path / "a.weights.h5").touch()
    with pytest.raises(error, match=message):
        load_checkpoint(saved.models["separable"], tmp_path / name, channel_order=channel_order)


@pytest.mark.parametrize("attention", SHALLOW)
def test_bad_arguments_of_export(saved, tmp_path, attention):
    source = saved.models[attention]
    with pytest.raises(ValueError, match="channel_order"):
        export_checkpoint(source, tmp_path / "a.pt", channel_order="gbr")
    with pytest.raises(ValueError, match="suffix must be one of .pt, .safetensors"):
        export_checkpoint(source, tmp_path / "a.npz")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("weights", ["imagenet21k", "/nowhere/weights.pt", 3])
@pytest.mark.parametrize(
    "build", [keras_mobilevitv3.MobileViTV3S, lambda **kwargs: build_backbone("mobilevit_s", **kwargs)]
)
def test_bad_weights_argument(weights, build):
    with pytest.raises(ValueError, match="`weights` must be None .random., 'imagenet', or the path of an existing"):
        build(weights=weights)


def test_weights_argument_of_another_suffix(tmp_path):
    (tmp_path / "weights.bin").touch()
    with pytest.raises(ValueError, match=r"must end in .*weights\.bin"):
        keras_mobilevitv3.MobileViTV3S(weights=tmp_path / "weights.bin")


def test_imagenet_needs_published_weights():
    with pytest.raises(ValueError, match="mobilevitv3_200"):
        keras_mobilevitv3.MobileViTV3_200(weights="imagenet")
    with pytest.raises(ValueError, match=r"needs an id of `list_variants\(\)`\. Received: BackboneConfig"):
        build_classifier(SHALLOW["separable"], weights="imagenet")
