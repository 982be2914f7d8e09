import json

import keras
import keras_hub
import numpy as np
import pytest
import tensorflow as tf

from keras_mobilevitv3 import evaluation_transform
from keras_mobilevitv3.interop.keras_hub import (
    MobileViTBackbone,
    MobileViTImageClassifierPreprocessor,
    MobileViTImageConverter,
)
from tests.tiny_networks import SHALLOW

FAMILIES = ("multi_head", "separable")
PHOTOS = np.random.default_rng(0).integers(0, 256, (2, 90, 130, 3)).astype("uint8")


@pytest.mark.parametrize("attention", FAMILIES)
def test_it_is_the_published_transform(attention):
    converter = MobileViTImageConverter((48, 48), attention)
    expected = np.asarray(evaluation_transform(attention, image_size=48)(PHOTOS))
    np.testing.assert_array_equal(np.asarray(converter(PHOTOS)), expected)
    np.testing.assert_array_equal(np.asarray(converter(PHOTOS[0])), expected[0])
    np.testing.assert_array_equal(np.asarray(converter(PHOTOS.astype("float32"))), expected)


@pytest.mark.parametrize("attention", FAMILIES)
def test_in_tf_data_it_takes_images_of_any_size(attention):
    photos = [PHOTOS[0], PHOTOS[1, :64, :70]]
    converter = MobileViTImageConverter((48, 48), attention)
    spec = tf.TensorSpec((None, None, 3), tf.uint8)
    images = list(tf.data.Dataset.from_generator(lambda: photos, output_signature=spec).map(converter))
    batches = list(tf.data.Dataset.from_tensors(PHOTOS).map(converter))
    transform = evaluation_transform(attention, image_size=48)
    for image, photo in zip(images, photos, strict=True):
        assert np.abs(image.numpy() - np.asarray(transform(photo))).max() <= 1
    assert batches[0].shape == (2, 48, 48, 3)
    assert np.abs(batches[0].numpy() - np.asarray(transform(PHOTOS))).max() <= 1


def test_a_list_of_images_of_several_sizes():
    images = MobileViTImageConverter((48, 48))([PHOTOS[0], PHOTOS[1, :64, :70]])
    assert [tuple(image.shape) for image in images] == [(48, 48, 3)] * 2


@pytest.mark.once
def test_the_size_can_be_changed():
    preprocessor = MobileViTImageClassifierPreprocessor(MobileViTImageConverter())
    assert preprocessor.image_size == (256, 256)
    preprocessor.image_size = (32, 32)
    images, labels = preprocessor(PHOTOS, np.array([1, 2]))
    assert tuple(images.shape) == (2, 32, 32, 3) and np.asarray(labels).tolist() == [1, 2]
    preprocessor.image_size = None
    assert tuple(preprocessor(PHOTOS).shape) == PHOTOS.shape


def test_scale_and_offset():
    plain, scaled = MobileViTImageConverter((32, 32)), MobileViTImageConverter((32, 32), scale=1 / 255, offset=-0.5)
    np.testing.assert_allclose(np.asarray(scaled(PHOTOS)), np.asarray(plain(PHOTOS)) / 255 - 0.5, atol=1e-6)


@pytest.mark.once
def test_config_and_presets(tmp_path):
    converter = MobileViTImageConverter((64, 64), "separable", scale=1 / 255, name="converter")
    again = MobileViTImageConverter.from_config(json.loads(json.dumps(converter.get_config())))
    assert again.get_config() == converter.get_config()
    path = str(tmp_path / "preset")
    MobileViTBackbone(SHALLOW["separable"]).save_to_preset(path)
    MobileViTImageClassifierPreprocessor(converter).save_to_preset(path)
    found = keras_hub.layers.ImageConverter.from_preset(path)
    assert type(found) is MobileViTImageConverter and found.get_config() == converter.get_config()
    preprocessor = keras_hub.models.ImageClassifierPreprocessor.from_preset(path)
    assert type(preprocessor) is MobileViTImageClassifierPreprocessor
    assert preprocessor.image_converter.get_config() == converter.get_config()


@pytest.mark.once
def test_arguments_are_checked():
    with pytest.raises(ValueError, match="`image_size` must be two equal integers"):
        MobileViTImageConverter((32, 64))
    with pytest.raises(ValueError, match="`attention` must be one of"):
        MobileViTImageConverter((32, 32), attention="linear")
    with pytest.raises(ValueError, match="Bounding boxes"):
        MobileViTImageConverter((32, 32))({"images": keras.ops.zeros((1, 40, 40, 3)), "bounding_boxes": {}})
