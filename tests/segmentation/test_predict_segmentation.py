import sys

import numpy as np
import pytest
from PIL import Image

from keras_mobilevitv3.classification.classifier import build_classifier
from keras_mobilevitv3.families import MULTI_HEAD, SEPARABLE
from keras_mobilevitv3.preprocessing import resize_image
from keras_mobilevitv3.segmentation.deeplabv3 import DeepLabV3
from keras_mobilevitv3.segmentation.predict_segmentation import _input_size, predict_segmentation
from tests import numpy_reference
from tests.check_layer import fill_weights
from tests.compiled import COMPILED_FAMILIES
from tests.reference_arrays import uniform
from tests.tiny_networks import SHALLOW

FAMILIES = pytest.mark.parametrize("attention", COMPILED_FAMILIES)
PHOTO = uniform("predict_segmentation/photo", (50, 83, 3), 0, 256).astype("uint8")


@pytest.fixture(scope="module")
def models():
    found = {}
    for attention, config in SHALLOW.items():
        found[attention] = DeepLabV3(config, classes=5, aspp_filters=6, atrous_rates=(1, 2, 3))
        fill_weights(found[attention])
    return found


def softmax(logits):
    return numpy_reference.softmax(np.asarray(logits, "float64"), axis=-1)


@FAMILIES
def test_native_size_is_that_of_the_model(models, attention):
    classes, probabilities = predict_segmentation(models[attention], PHOTO, return_probabilities=True)
    assert (classes.shape, classes.dtype) == ((50, 83), np.int32)
    expected = softmax(models[attention].predict(PHOTO[None].astype("float32"), verbose=0)[0])
    np.testing.assert_allclose(probabilities, expected, atol=1e-5)
    np.testing.assert_array_equal(classes, probabilities.argmax(axis=-1))


@FAMILIES
def test_published_size(models, attention):
    """Squashed, and rows of the logits at stride 16; or with the aspect kept, and the logits enlarged at once."""
    model = models[attention]
    _, probabilities = predict_segmentation(model, PHOTO, size=64, return_probabilities=True)
    if attention == "multi_head":
        image = resize_image(PHOTO, (64, 64))
        lowres = model.predict_low_resolution(image[None].astype("float32"))
        logits = numpy_reference.bilinear_resize(lowres, 64, 64, align_corners=False)
        logits = logits[:, np.arange(50) * 64 // 50][:, :, np.arange(83) * 64 // 83]
    else:
        image = resize_image(PHOTO, (64, 96), "bicubic", antialias=True)  # of 64 x 106, a multiple of 16
        lowres = model.predict_low_resolution(image[None].astype("float32"))
        logits = numpy_reference.bilinear_resize(lowres, 50, 83, align_corners=True)
    np.testing.assert_allclose(probabilities, softmax(logits[0]), atol=1e-5)


@pytest.mark.once
def test_one_class():
    model = DeepLabV3(SHALLOW["separable"], classes=1, aspp_filters=6, atrous_rates=(1, 2, 3))
    fill_weights(model)
    bias = model.get_layer("classifier").conv.bias
    bias.assign(bias - np.median(model.predict(PHOTO[None].astype("float32"), verbose=0)))
    logits = model.predict(PHOTO[None].astype("float32"), verbose=0)[0].astype("float64")
    classes, probabilities = predict_segmentation(model, PHOTO, return_probabilities=True)
    assert probabilities.shape == (50, 83, 1)
    np.testing.assert_allclose(probabilities, 1 / (1 + np.exp(-logits)), atol=1e-5)
    np.testing.assert_array_equal(classes, probabilities[..., 0] > 0.5)
    assert 0.3 < classes.mean() < 0.7


@pytest.mark.once
def test_a_file_is_read_upright(models, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    Image.fromarray(PHOTO).save(tmp_path / "photo.png", exif=exif)
    assert predict_segmentation(models["multi_head"], tmp_path / "photo.png").shape == (83, 50)


@pytest.mark.once
def test_blocks_of_rows_join(models, monkeypatch):
    whole = predict_segmentation(models["separable"], PHOTO)
    monkeypatch.setattr(sys.modules[predict_segmentation.__module__], "ROWS", 7)
    np.testing.assert_array_equal(predict_segmentation(models["separable"], PHOTO), whole)


@pytest.mark.once
def test_sizes_at_which_the_network_sees_the_image(models):
    assert _input_size(models["multi_head"], (20, 83), None, MULTI_HEAD) == (32, 83)
    assert _input_size(models["multi_head"], (20, 83), 512, MULTI_HEAD) == (512, 512)
    assert _input_size(models["separable"], (480, 640), 512, SEPARABLE) == (
        512,
        672,
    )  # 682 is no multiple of 16
    fixed = DeepLabV3(SHALLOW["separable"], classes=5, aspp_filters=6, input_shape=(64, 48, 3))
    assert _input_size(fixed, (480, 640), 512, SEPARABLE) == (64, 48)
    assert predict_segmentation(fixed, PHOTO).shape == (50, 83)


@pytest.mark.once
def test_a_model_without_preprocessing_gets_0_to_1(models):
    plain = DeepLabV3(
        SHALLOW["separable"], classes=5, aspp_filters=6, atrous_rates=(1, 2, 3), include_preprocessing=False
    )
    plain.set_weights(models["separable"].get_weights())
    np.testing.assert_array_equal(predict_segmentation(plain, PHOTO), predict_segmentation(models["separable"], PHOTO))


@pytest.mark.once
def test_many_images(models, tmp_path):
    model, other = models["separable"], PHOTO[::-1, :70]
    expected = [predict_segmentation(model, each) for each in (PHOTO, other)]
    Image.fromarray(PHOTO).save(tmp_path / "a.png")
    Image.fromarray(other).save(tmp_path / "b.png")
    for images in ([Image.fromarray(PHOTO), tmp_path / "b.png"], tmp_path):
        for mask, one in zip(predict_segmentation(model, images), expected, strict=True):
            np.testing.assert_array_equal(mask, one)
    (both,) = predict_segmentation(model, PHOTO[None], return_probabilities=True)
    assert [part.shape for part in both] == [(50, 83), (50, 83, 5)]


@pytest.mark.once
def test_bad_arguments(models):
    model = models["separable"]
    with pytest.raises(ValueError, match="`model` must be a `Segmenter`. Received: model="):
        predict_segmentation(build_classifier(SHALLOW["separable"], weights=None, classes=2), PHOTO)
    for image in (PHOTO / 255.0, PHOTO[:0]):
        with pytest.raises(ValueError, match="`image` must "):
            predict_segmentation(model, image)
    for size in (31, 64.0, True):
        with pytest.raises(ValueError, match="`size` must be an integer of at least 32 or None. Received: size="):
            predict_segmentation(model, PHOTO, size=size)
