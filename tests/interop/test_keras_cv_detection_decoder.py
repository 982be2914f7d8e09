from itertools import cycle

import keras
import keras_cv
import numpy as np
import pytest
import tensorflow as tf

from keras_mobilevitv3.interop.keras_cv import KerasCVNonMaxSuppression
from tests.compiled import compiled
from tests.reference_arrays import uniform

BOXES, CLASSES = 40, 3
FORMATS = ("xyxy", "yxyx", "xywh", "center_xywh", "rel_xyxy", "rel_yxyx", "rel_xywh")
LIMITS = {"iou_threshold": 0.3, "confidence_threshold": 0.4, "max_detections": 12}


def inputs(box_format="xyxy"):
    """Boxes of two images of 64x64 pixels and logits, of which those of the second image are all low but two."""
    corner, size = uniform("decoder/corner", (2, BOXES, 2), 0, 40), uniform("decoder/size", (2, BOXES, 2), 4, 24)
    boxes = np.concatenate([corner, corner + size], axis=-1)
    logits = uniform("decoder/logits", (2, BOXES, CLASSES), -3, 3)
    logits[1, 2:] -= 9.0
    return to_numpy(convert(boxes, "xyxy", box_format)), logits


def convert(boxes, source, target):
    return keras_cv.bounding_box.convert_format(boxes, source=source, target=target, image_shape=(64, 64, 3))


def to_numpy(values):
    return keras.tree.map_structure(keras.ops.convert_to_numpy, values)


def decode(decoder, boxes, scores):
    return compiled(lambda boxes, scores: decoder(boxes, scores, image_shape=(64, 64, 3)))(boxes, scores)


def tensorflow_detections(boxes, logits, per_class):
    """What TensorFlow's own suppression of each class keeps, which KerasCV's decoder calls."""
    found = tf.image.combined_non_max_suppression(
        tf.constant(boxes)[:, :, None],
        tf.sigmoid(logits),
        per_class,
        LIMITS["max_detections"],
        LIMITS["iou_threshold"],
        LIMITS["confidence_threshold"],
        clip_boxes=False,
    )
    return [values.numpy() for values in found]


def test_detections_are_those_of_tensorflow():
    boxes, logits = inputs()
    decoder = KerasCVNonMaxSuppression("xyxy", from_logits=True, max_detections_per_class=4, **LIMITS)
    found = decode(decoder, boxes, logits)
    expected_boxes, confidence, classes, count = tensorflow_detections(boxes, logits, 4)
    np.testing.assert_array_equal(found["num_detections"], count)
    assert 2 < count[1] < count[0] == LIMITS["max_detections"]
    for image, kept in enumerate(count):
        np.testing.assert_allclose(found["boxes"][image, :kept], expected_boxes[image, :kept], atol=1e-4)
        np.testing.assert_allclose(found["confidence"][image, :kept], confidence[image, :kept], atol=1e-6)
        np.testing.assert_array_equal(found["classes"][image, :kept], classes[image, :kept])
        for key in ("boxes", "confidence", "classes"):
            assert (found[key][image, kept:] == -1).all()


@pytest.mark.backend("tensorflow")
@pytest.mark.parametrize(("box_format", "class_agnostic"), [*zip(FORMATS, cycle([False, True])), ("xyxy", True)])
def test_detections_are_those_of_keras_cv(box_format, class_agnostic):
    boxes, logits = inputs(box_format)
    layers = keras_cv.layers
    theirs = layers.NonMaxSuppression if class_agnostic else layers.MultiClassNonMaxSuppression
    expected = to_numpy(theirs(box_format, from_logits=True, **LIMITS)(boxes, logits, image_shape=(64, 64, 3)))
    decoder = KerasCVNonMaxSuppression(box_format, from_logits=True, class_agnostic=class_agnostic, **LIMITS)
    found = decode(decoder, boxes, logits)
    assert sorted(found) == sorted(expected)
    for key, values in expected.items():
        assert found[key].shape == values.shape
        np.testing.assert_allclose(found[key], values, atol=1e-4)


@pytest.mark.parametrize("box_format", [pytest.param("yxyx", marks=pytest.mark.once), "rel_xywh"])
def test_formats_and_probabilities(box_format):
    boxes, logits = inputs()
    limits = {**LIMITS, "class_agnostic": True, "candidates_per_class": 30}
    expected = decode(KerasCVNonMaxSuppression("xyxy", True, **limits), boxes, logits)
    decoder = KerasCVNonMaxSuppression(box_format, False, **limits)
    found = decode(decoder, to_numpy(convert(boxes, "xyxy", box_format)), 1 / (1 + np.exp(-logits)))
    count = expected["num_detections"]
    np.testing.assert_array_equal(found["num_detections"], count)
    np.testing.assert_array_equal(found["classes"], expected["classes"])
    for image, kept in enumerate(count):
        back = to_numpy(convert(found["boxes"][image, :kept], box_format, "xyxy"))
        np.testing.assert_allclose(back, expected["boxes"][image, :kept], atol=1e-3)


def test_more_room_than_boxes():
    boxes, logits = inputs()
    decoder = KerasCVNonMaxSuppression("xyxy", True, max_detections=500, max_detections_per_class=5)
    found = decode(decoder, boxes, logits)
    assert found["boxes"].shape == (2, 500, 4) and (found["boxes"][:, 15:] == -1).all()


@pytest.mark.once
def test_config_comes_back():
    arguments = {
        "bounding_box_format": "rel_xyxy",
        "from_logits": False,
        "iou_threshold": 0.7,
        "confidence_threshold": 0.2,
        "max_detections": 7,
        "max_detections_per_class": 3,
        "candidates_per_class": 20,
        "class_agnostic": True,
        "name": "decoder",
    }
    decoder = KerasCVNonMaxSuppression(**arguments)
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(decoder))
    assert {name: copy.get_config()[name] for name in arguments} == arguments


@pytest.mark.once
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"bounding_box_format": "corners"}, "`bounding_box_format` must be one of .*'xyxy'"),
        ({"bounding_box_format": "xyxy", "iou_threshold": 50}, r"`iou_threshold` must be a number in .0, 1.. Received"),
        ({"bounding_box_format": "xyxy", "confidence_threshold": -1}, "confidence_threshold=-1"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        KerasCVNonMaxSuppression(from_logits=True, **arguments)
