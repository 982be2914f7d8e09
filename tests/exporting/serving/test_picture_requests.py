"""Decoding and resizing in the graph of TensorFlow against what the package does."""

import numpy as np
import pytest
from sklearn.datasets import load_sample_image

from keras_mobilevitv3.exporting.serving.picture_requests import best_class, decode, resize
from keras_mobilevitv3.families import FAMILIES
from keras_mobilevitv3.preprocessing import resize_image
from keras_mobilevitv3.preprocessing.exif_orientation import exif_orientation
from keras_mobilevitv3.preprocessing.published_evaluation import evaluation_transform
from tests.encoded_pictures import KINDS

pytestmark = pytest.mark.backend("tensorflow")
PHOTO = load_sample_image("flower.jpg")
SHAPES = ((427, 640), (90, 61), (300, 300), (5, 40))


def differences(resized, expected):
    return np.abs(np.asarray(resized).astype("float64") - np.asarray(expected))


@pytest.mark.parametrize("attention", ["multi_head", "separable"])
@pytest.mark.parametrize("shape", SHAPES)
def test_squashed(attention, shape):
    photo = PHOTO[: shape[0], : shape[1]]
    resized = resize(photo, (64, 96), (0, 0), (64, 96), **FAMILIES[attention].resize)
    difference = differences(resized, resize_image(photo, (64, 96), **FAMILIES[attention].resize))
    assert difference.max() <= 1 and difference.mean() < 0.05


@pytest.mark.parametrize("attention", ["multi_head", "separable"])
@pytest.mark.parametrize("shape", SHAPES)
def test_resized_and_cropped(attention, shape):
    transform = evaluation_transform(attention)
    photo = PHOTO[: shape[0], : shape[1]]
    full = [transform.resize_size * side // min(shape) for side in shape]
    start = [(side - transform.crop_size) // 2 for side in full]
    arguments = {"interpolation": transform.interpolation, "antialias": transform.antialias}
    resized = resize(photo, full, start, (256, 256), **arguments, round_between=transform.antialias)
    difference = differences(resized, transform(photo))
    assert difference.max() <= 1 and difference.mean() < 0.05


@pytest.mark.parametrize("classes", [1, 3])
def test_best_class(classes):
    logits = np.random.default_rng(0).normal(size=(5, 7, classes)).astype("float32")
    expected = logits[..., 0] > 0 if classes == 1 else logits.argmax(axis=-1)
    np.testing.assert_array_equal(best_class(logits), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_decoded_as_shown(kind):
    contents, expected = KINDS[kind]()
    decoded = np.asarray(decode(contents))
    assert decoded.shape == expected.shape
    # Of CMYK each library computes RGB with roundings of its own.
    assert np.abs(decoded.astype("int32") - expected).max() <= (1 if kind == "cmyk jpeg" else 0)


def test_orientation_of_damaged_files():
    contents, _ = KINDS["jpeg of orientation 6"]()
    at = contents.index(b"Exif")
    assert exif_orientation(contents) == 6
    assert exif_orientation(contents[: at + 20]) == 1 and exif_orientation(b"") == 1
    assert exif_orientation(contents[:at] + b"Axif" + contents[at + 4 :]) == 1
    parts = contents[:2] + b"\xff\xe0\x00\x00" * 30_000
    assert exif_orientation(parts) == 1
    far = contents[: at + 10] + b"\xff\xff\xff\xff" + contents[at + 14 :]  # tags behind the end of the file
    assert exif_orientation(far) == 1
    nine = contents.replace(b"\x12\x01\x03\x00\x01\x00\x00\x00\x06", b"\x12\x01\x03\x00\x01\x00\x00\x00\x09")
    assert nine != contents and exif_orientation(nine) == 1
