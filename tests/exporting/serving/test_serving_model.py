"""The signatures of a SavedModel against the model and the functions of the package that do the same."""

import functools

import keras
import numpy as np
import pytest
from PIL import Image

from keras_mobilevitv3 import predict_detections, predict_segmentation
from keras_mobilevitv3.classification.model_input import prepare_images
from keras_mobilevitv3.exporting.deployment import deployed_model
from keras_mobilevitv3.exporting.export_arguments import names_of_classes
from keras_mobilevitv3.exporting.serving.picture_requests import SEGMENTER_SIZE, picture_function
from keras_mobilevitv3.exporting.serving.serving_model import signatures
from keras_mobilevitv3.preprocessing import read_image
from tests.exporting.conftest import NAMES
from tests.tiny_networks import tiny_classifier

pytestmark = pytest.mark.backend("tensorflow")


@functools.cache
def load(path):
    import tensorflow as tf

    return tf.saved_model.load(str(path))


def call(report, signature, **inputs):
    import tensorflow as tf

    outputs = load(report.path).signatures[signature](**{name: tf.constant(value) for name, value in inputs.items()})
    return {name: output.numpy() for name, output in outputs.items()}


def random_images(count, model, high=255.0):
    size = [side or 64 for side in model.input_shape[1:3]]
    return np.random.default_rng(1).uniform(0, high, (count, *size, 3)).astype("float32")


def contents(paths):
    return [path.read_bytes() for path in paths]


def test_classifier_at_any_batch_size(served_classifier):
    model, report = served_classifier
    for count in (1, 3):
        images = np.floor(random_images(count, model))
        expected = np.asarray(model(images))
        for signature, dtype in (("serving_default", "float32"), ("uint8_images", "uint8")):
            outputs = call(report, signature, images=images.astype(dtype))
            assert list(outputs) == ["scores"]
            np.testing.assert_allclose(outputs["scores"], expected, atol=1e-5)


def test_uint8_images_of_a_model_that_takes_0_to_1():
    model = tiny_classifier("separable", input_shape=(64, 64, 3), include_preprocessing=False)
    images = np.floor(random_images(2, model)).astype("uint8")
    serve = signatures(model, deployed_model(model), None)["uint8_images"]
    np.testing.assert_allclose(serve(images)["scores"], model(images / np.float32(255)), atol=1e-5)


def ending_in(*ends):
    """An own classifier on features."""
    features = tiny_classifier("separable", include_top=False, pooling="avg", input_shape=(64, 96, 3))
    outputs = features.output
    for end in ends:
        outputs = end(outputs)
    return keras.Model(features.input, outputs)


def spread(units):
    """A last layer whose outputs differ."""
    return keras.layers.Dense(units, kernel_initializer=keras.initializers.RandomNormal(0.0, 3.0, seed=1))


@pytest.mark.parametrize(
    ("ends", "activation", "probabilities"),
    [
        ((spread(7), keras.layers.Softmax()), None, np.asarray),
        pytest.param((spread(7), keras.ops.softmax), None, np.asarray, marks=pytest.mark.release),
        ((spread(7),), None, lambda logits: np.exp(logits) / np.exp(logits).sum()),
        pytest.param((spread(7),), "sigmoid", lambda logits: 1 / (1 + np.exp(-logits)), marks=pytest.mark.release),
        ((spread(7), keras.ops.sigmoid), None, np.asarray),
        pytest.param(
            (spread(7), keras.layers.Lambda(keras.ops.softmax)), "none", np.asarray, marks=pytest.mark.release
        ),
        ((spread(1),), None, lambda logit: np.concatenate([1 / (1 + np.exp(logit)), 1 / (1 + np.exp(-logit))])),
        ((spread(1), keras.ops.sigmoid), None, lambda one: np.concatenate([1 - one, one])),
    ],
)
def test_scores_of_own_last_layers(ends, activation, probabilities, pictures):
    """Several labels are all told, of classes the best five."""
    import tensorflow as tf

    model = ending_in(*ends)
    names = names_of_classes(model, None, activation)
    outputs = picture_function(model, names, activation)(tf.constant(contents(pictures[:1])))
    expected = probabilities(np.asarray(model(prepare_images(model, pictures[:1])))[0].astype("float64"))
    found = dict(zip((name.decode() for name in outputs["classes"].numpy()[0]), outputs["scores"].numpy()[0]))
    several = len(expected) == 7 and expected.sum() != pytest.approx(1)
    assert len(found) == (7 if several else min(5, len(expected)))
    for label in np.argsort(-expected)[: len(found)]:
        assert found[names[label]] == pytest.approx(expected[label], abs=5e-3)


def test_pictures_to_class_names(served_classifier, pictures):
    model, report = served_classifier
    outputs = call(report, "image_bytes", image_bytes=contents(pictures))
    scores = np.asarray(model(prepare_images(model, pictures)))
    order = np.argsort(-scores, axis=1)
    np.testing.assert_allclose(outputs["scores"], np.take_along_axis(scores, order, axis=1), atol=2e-3)
    assert [[name.decode() for name in row] for row in outputs["classes"]] == np.array(NAMES)[order].tolist()


def test_a_damaged_picture_is_an_error_of_its_request(served_classifier, pictures):
    import tensorflow as tf

    _, report = served_classifier
    good, damaged = pictures[2].read_bytes(), pictures[2].read_bytes()[:200]
    for bad in (damaged, b"", b"no picture"):
        with pytest.raises(tf.errors.InvalidArgumentError):
            call(report, "image_bytes", image_bytes=[good, bad])
    assert call(report, "image_bytes", image_bytes=[good])["scores"].shape == (1, len(NAMES))


def test_extreme_pictures_take_no_more_memory_than_their_crop(served_classifier, tmp_path):
    _, report = served_classifier
    Image.new("RGB", (20000, 1)).save(tmp_path / "line.png")
    outputs = call(report, "image_bytes", image_bytes=contents([tmp_path / "line.png"]))
    assert np.isfinite(outputs["scores"]).all()


def test_segmenter(served_segmenter, pictures):
    model, report = served_segmenter
    images = random_images(2, model)
    outputs = call(report, "serving_default", images=images)
    logits = np.asarray(model(images))
    if "classes" in outputs:
        assert np.mean(outputs["classes"] == logits.argmax(axis=-1)) > 0.999
    else:
        np.testing.assert_allclose(outputs["logits"], logits, atol=1e-4)
    (mask_bytes,) = call(report, "image_bytes", image_bytes=contents(pictures)).values()
    for path, encoded in zip(pictures, mask_bytes):
        (path.parent / "mask.png").write_bytes(encoded)
        mask = np.array(Image.open(path.parent / "mask.png"))
        expected = predict_segmentation(model, path, size=None if model.input_shape[1] else SEGMENTER_SIZE)
        assert len(np.unique(expected)) > 1
        assert mask.dtype == np.uint8 and mask.shape == expected.shape
        assert np.mean(mask == expected) > 0.98  # one level of a pixel of the input may differ


@pytest.mark.release  # `test_detector_of_pictures` serves it too
def test_detector(served_detector, pictures):
    model, report = served_detector
    images = random_images(2, model, high=1.0)
    expected = model.predict(images, verbose=0)
    assert expected["num_detections"].min() > 0
    outputs = call(report, "serving_default", images=images)
    assert {name: values.shape for name, values in outputs.items()} == {
        name: np.shape(values) for name, values in expected.items()
    }
    np.testing.assert_array_equal(outputs["num_detections"], expected["num_detections"])
    np.testing.assert_allclose(outputs["boxes"], expected["boxes"], atol=1e-3)


def test_detector_of_pictures(served_detector, pictures):
    model, report = served_detector
    outputs = call(report, "image_bytes", image_bytes=contents(pictures))
    for number, (path, expected) in enumerate(zip(pictures, predict_detections(model, pictures))):
        count = outputs["num_detections"][number]
        assert count == len(expected["labels"]) > 0
        side = max(read_image(path).shape)
        distances = np.abs(outputs["boxes"][number, :count, None] - expected["boxes"]).max(axis=-1)
        assert distances.min(axis=1).max() < 0.01 * side  # those of nearly the same score may change places
        names = [("cat", "dog")[label] for label in outputs["labels"][number, :count]]
        assert [name.decode() for name in outputs["classes"][number]] == names + [""] * (30 - count)
        assert (outputs["boxes"][number, count:] == -1).all()


def test_class_names_are_an_asset(served_classifier):
    _, report = served_classifier
    assert (report.path / "assets" / "class_names.txt").read_text().splitlines() == list(NAMES)


def test_warmup_requests_are_answered(served_classifier):
    import tensorflow as tf

    prediction_log_pb2 = pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")
    _, report = served_classifier
    seen = []
    for record in tf.data.TFRecordDataset(str(report.path / "assets.extra" / "tf_serving_warmup_requests")):
        request = prediction_log_pb2.PredictionLog.FromString(record.numpy()).predict_log.request
        ((name, tensor),) = request.inputs.items()
        outputs = call(report, request.model_spec.signature_name, **{name: tf.make_ndarray(tensor)})
        seen.append((request.model_spec.signature_name, len(outputs["scores"])))
    assert seen == [(name, 1) for name in ("serving_default", "uint8_images", "image_bytes")]
