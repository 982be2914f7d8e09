import numpy as np
import pytest
from PIL import Image

from keras_mobilevitv3.classification.classifier import build_classifier
from keras_mobilevitv3.detection.predict_detections import predict_detections
from keras_mobilevitv3.detection.ssdlite import SSDLite
from keras_mobilevitv3.preprocessing import resize_image
from tests.check_layer import fill_weights
from tests.compiled import COMPILED_FAMILIES
from tests.reference_arrays import uniform
from tests.tiny_networks import SHALLOW

PHOTOS = [
    uniform(f"predict_detections/{height}", (height, width, 3), 0, 256).astype("uint8")
    for height, width in ((50, 83), (128, 64), (64, 96))
]
RESIZES = {"multi_head": ("bilinear", False), "separable": ("bicubic", True)}


@pytest.fixture(scope="module", params=COMPILED_FAMILIES)
def attention(request):
    return request.param


@pytest.fixture(scope="module")
def model(attention):
    model = SSDLite(SHALLOW[attention], classes=3, input_shape=(64, 96, 3), confidence_threshold=0.2, max_detections=15)
    fill_weights(model)
    return model


@pytest.mark.release("tensorflow")
def test_boxes_in_pixels_of_each_photo(model, attention):
    results = predict_detections(model, PHOTOS, batch_size=2)
    inputs = np.stack([resize_image(photo, (64, 96), *RESIZES[attention]) for photo in PHOTOS])
    raw = model.predict(inputs.astype("float32"), batch_size=2, verbose=0)
    assert len(results) == 3 and raw["num_detections"].max() > 0
    for number, (photo, found) in enumerate(zip(PHOTOS, results)):
        count = raw["num_detections"][number]
        height, width = photo.shape[:2]
        scaled = raw["boxes"][number, :count] * [width / 96, height / 64, width / 96, height / 64]
        expected = np.clip(scaled, 0, [width, height, width, height])
        np.testing.assert_allclose(found["boxes"], expected, rtol=1e-4, atol=1e-3)
        np.testing.assert_array_equal(found["labels"], raw["labels"][number, :count])
        np.testing.assert_allclose(found["confidence"], raw["confidence"][number, :count], rtol=1e-4)
        assert {key: values.dtype.name for key, values in found.items()} == {
            "boxes": "float32",
            "labels": "int32",
            "confidence": "float32",
        }


@pytest.mark.once
def test_files(model, tmp_path):
    Image.fromarray(PHOTOS[0]).save(tmp_path / "photo.png")
    from_file, from_array = predict_detections(model, [tmp_path / "photo.png", PHOTOS[0]])
    for key, values in from_file.items():
        np.testing.assert_allclose(values, from_array[key], rtol=1e-4, atol=1e-3)
    assert predict_detections(model, []) == []


def test_a_model_without_preprocessing(model, attention):
    plain = SSDLite(
        SHALLOW[attention],
        classes=3,
        input_shape=(64, 96, 3),
        include_preprocessing=False,
        confidence_threshold=0.2,
        max_detections=15,
    )
    plain.set_weights(model.get_weights())
    for mine, its in zip(*(predict_detections(each, PHOTOS[:1]) for each in (plain, model)), strict=True):
        np.testing.assert_allclose(mine["confidence"], its["confidence"], rtol=1e-3)


@pytest.mark.once
def test_other_forms_of_the_same_images(model, tmp_path):
    """One image, a batch, images of Pillow, floats and a folder."""
    photo = PHOTOS[0]
    (expected,) = predict_detections(model, [photo])
    picture = Image.fromarray(photo)
    picture.save(tmp_path / "photo.png")
    for images in (photo, photo[None], picture, [picture.convert("RGBA")], [photo.astype("float32")], tmp_path):
        (found,) = predict_detections(model, images)
        for name, values in expected.items():
            np.testing.assert_array_equal(found[name], values)
    assert predict_detections(model, []) == []


@pytest.mark.once
def test_bad_arguments(model):
    with pytest.raises(ValueError, match="`images` must be an image or a list of images.* Received: int"):
        predict_detections(model, 3)
    for image in (PHOTOS[0] / 255, np.zeros((0, 4, 3), "uint8")):
        with pytest.raises(ValueError, match="Each of `images` must "):
            predict_detections(model, [image])
    for batch_size in (0, -1, 2.0, True):
        with pytest.raises(ValueError, match="`batch_size` must be a positive integer. Received: batch_size="):
            predict_detections(model, PHOTOS, batch_size=batch_size)
    classifier = build_classifier(SHALLOW["separable"], weights=None)
    with pytest.raises(ValueError, match="`model` must be an `SSDDetector`"):
        predict_detections(classifier, PHOTOS)
