import itertools

import numpy as np
import pytest
from keras import ops
from keras.utils import bounding_boxes

from keras_mobilevitv3.detection import box_iou, decode_boxes, encode_boxes
from tests.compiled import compiled
from tests.detection import reference
from tests.reference_arrays import uniform

# Each format from `xyxy` in pixels, of an image of height 50 and width 80.
FORMATS = {
    "xyxy": lambda x0, y0, x1, y1: (x0, y0, x1, y1),
    "yxyx": lambda x0, y0, x1, y1: (y0, x0, y1, x1),
    "xywh": lambda x0, y0, x1, y1: (x0, y0, x1 - x0, y1 - y0),
    "center_xywh": lambda x0, y0, x1, y1: ((x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0),
    "center_yxhw": lambda x0, y0, x1, y1: ((y0 + y1) / 2, (x0 + x1) / 2, y1 - y0, x1 - x0),
    "rel_xyxy": lambda x0, y0, x1, y1: (x0 / 80, y0 / 50, x1 / 80, y1 / 50),
    "rel_yxyx": lambda x0, y0, x1, y1: (y0 / 50, x0 / 80, y1 / 50, x1 / 80),
    "rel_xywh": lambda x0, y0, x1, y1: (x0 / 80, y0 / 50, (x1 - x0) / 80, (y1 - y0) / 50),
    "rel_center_xywh": lambda x0, y0, x1, y1: (
        (x0 + x1) / 160,
        (y0 + y1) / 100,
        (x1 - x0) / 80,
        (y1 - y0) / 50,
    ),
}
ANCHORS = np.array([[0.5, 0.5, 0.2, 0.4], [0.1, 0.9, 0.05, 0.1], [0.7, 0.2, 1.0, 0.5]], "float32")


def random_boxes(name, *shape):
    low, size = uniform(f"{name}/low", (*shape, 2), 0, 0.7), uniform(f"{name}/size", (*shape, 2), 0.05, 0.4)
    return np.concatenate([low, low + size], axis=-1)


@pytest.mark.once
@pytest.mark.parametrize(("source", "target"), itertools.product(FORMATS, FORMATS))
def test_conversion_of_keras(source, target):
    """We convert boxes with Keras."""
    xyxy = (random_boxes("formats", 2, 3) * [80, 50, 80, 50]).astype("float32")
    boxes, expected = (np.stack(FORMATS[name](*np.moveaxis(xyxy, -1, 0)), axis=-1) for name in (source, target))
    converted = bounding_boxes.convert_format(ops.convert_to_tensor(boxes), source, target, height=50, width=80)
    np.testing.assert_allclose(ops.convert_to_numpy(converted), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("epsilon", [1e-5, 1e-2])
def test_box_iou(epsilon):
    boxes, others = random_boxes("iou/boxes", 2, 4), random_boxes("iou/others", 5)
    others[0] = boxes[0, 0]
    others[1] = boxes[1, 1] + 5  # apart
    result = compiled(lambda a: box_iou(a, ops.convert_to_tensor(others), epsilon))(boxes)
    expected = [[[reference.box_iou(a, b, epsilon) for b in others] for a in image] for image in boxes]
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-7)
    assert result[1, 1, 1] == 0.0


def test_epsilon_shows_on_small_boxes():
    box = ops.convert_to_tensor(np.array([[0.5, 0.5, 0.51, 0.5025]], "float32"))
    np.testing.assert_allclose(ops.convert_to_numpy(box_iou(box, box)), [[2.5e-5 / 3.5e-5]], rtol=1e-3)


def test_encoding():
    boxes = random_boxes("encoding", 2, 3)
    centre, size = (boxes[..., :2] + boxes[..., 2:]) / 2, boxes[..., 2:] - boxes[..., :2]
    expected = np.concatenate(
        [(centre - ANCHORS[:, :2]) / ANCHORS[:, 2:] / 0.1, np.log(size / ANCHORS[:, 2:]) / 0.2], axis=-1
    )
    encoded = compiled(lambda a: encode_boxes(a, ops.convert_to_tensor(ANCHORS)))(boxes)
    np.testing.assert_allclose(encoded, expected, rtol=1e-5, atol=1e-5)
    decoded = compiled(lambda a: decode_boxes(a, ops.convert_to_tensor(ANCHORS)))(encoded)
    np.testing.assert_allclose(decoded, boxes, rtol=1e-5, atol=1e-6)


def test_decoding():
    regressions = np.array([[[1, -2, 0.5, -1], [0, 0, 0, 0], [-3, 1, 2, 1]]], "float32")
    centre = regressions[..., :2] * 0.1 * ANCHORS[:, 2:] + ANCHORS[:, :2]
    size = np.exp(regressions[..., 2:] * 0.2) * ANCHORS[:, 2:]
    decoded = compiled(lambda a: decode_boxes(a, ops.convert_to_tensor(ANCHORS)))(regressions)
    np.testing.assert_allclose(decoded, np.concatenate([centre - size / 2, centre + size / 2], axis=-1), atol=1e-6)
    assert decoded[0, 2, 2] > 1.0  # not clipped


def test_boxes_without_size_have_finite_codes():
    encoded = encode_boxes(ops.zeros((1, 3, 4)), ops.convert_to_tensor(ANCHORS))
    assert np.isfinite(ops.convert_to_numpy(encoded)).all()
