"""Decoding and resizing in the graph of TensorFlow against what the package does."""

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from keras_mobilevitv3.export.picture_requests import best_class, decode, resize
from keras_mobilevitv3.models.predict_segmentation import RESIZES
from keras_mobilevitv3.preprocessing import evaluation_transform, read_image, resize_image

pytestmark = pytest.mark.backend("tensorflow")
PHOTO = load_sample_image("flower.jpg")
SHAPES = ((427, 640), (90, 61), (300, 300), (5, 40))


def differences(resized, expected):
    return np.abs(np.asarray(resized).astype("float64") - np.asarray(expected))


@pytest.mark.parametrize("attention", ["multi_head", "separable"])
@pytest.mark.parametrize("shape", SHAPES)
def test_squashed(attention, shape):
    photo = PHOTO[: shape[0], : shape[1]]
    resized = resize(photo, (64, 96), (0, 0), (64, 96), **RESIZES[attention])
    difference = differences(resized, resize_image(photo, (64, 96), **RESIZES[attention]))
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


@pytest.mark.parametrize(
    ("suffix", "mode"), [("jpg", "RGB"), ("jpg", "L"), ("png", "RGB"), ("png", "RGBA"), ("png", "L"), ("gif", "P")]
)
def test_decoded_as_by_pillow(suffix, mode, tmp_path):
    path = tmp_path / f"photo.{suffix}"
    Image.fromarray(PHOTO[:100, :151]).convert(mode).save(path)
    np.testing.assert_array_equal(decode(path.read_bytes()), read_image(path))
