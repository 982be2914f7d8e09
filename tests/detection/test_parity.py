"""SSDLite against outputs of the official networks; `tests/reference_arrays.py` draws their parameters."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_mobilevitv3.detection import decode_boxes
from keras_mobilevitv3.detection.multibox_loss import multibox_loss
from keras_mobilevitv3.detection.ssdlite import SSDLite
from tests.compiled import compiled
from tests.detection.reference import ARRAYS, padded_targets
from tests.official_parameters import assign_official_parameters
from tests.reference_arrays import image

DATA = Path(__file__).parent.parent / "data"
LAYOUTS = json.loads((DATA / "state_dicts_detection.json").read_text())
VARIANTS = ["mobilevitv3_s", "mobilevitv3_050"]
SIZES = [(1, 320, 320), (1, 224, 320)]
TAPS = {
    "out_l4": "stage4_block1",
    "out_l5": "stage5_block1",
    "os_64": "os_64",
    "os_128": "os_128",
    "os_256": "os_256",
    "os_-1": "os_global",
}
LEVELS = 6
TOLERANCE = 5e-5  # of values up to 12


def build(variant, size):
    model = SSDLite(variant, input_shape=(*size[1:], 3), include_preprocessing=False)
    assign_official_parameters(model, LAYOUTS[f"ssdlite_coco/{variant}"])
    return model


def all_outputs(model, images):
    """Outputs of the layers of `TAPS`, of the heads, and of the model, from one forward pass."""
    layers = {**TAPS, **{f"level{level}": f"ssd_head{level}" for level in range(LEVELS)}}
    outputs = {key: model.get_layer(name).output for key, name in layers.items()}
    taps = keras.Model(model.input, {**outputs, **model.output})
    return taps.predict(images, verbose=0)


@pytest.fixture(scope="module", params=VARIANTS)
def variant(request):
    return request.param


@pytest.fixture(
    scope="module",
    params=[SIZES[0], pytest.param(SIZES[1], marks=pytest.mark.release("jax", "tensorflow"))],  # which compile for each
    ids=lambda size: "x".join(map(str, size)),
)
def case(request, variant):
    """Prefix of the keys, model, and outputs."""
    size = request.param
    model = build(variant, size)
    return f"ssdlite_coco/{variant}/{'x'.join(map(str, size))}", model, all_outputs(model, image(*size))


def check(key, array, tolerance=TOLERANCE):
    """Compares with a stored array, or with its shape, sample and statistics."""
    if key in ARRAYS:
        np.testing.assert_allclose(array, ARRAYS[key], rtol=0, atol=tolerance, err_msg=key)
        return
    assert array.shape == tuple(ARRAYS[f"{key}_shape"]), key
    sample = array.ravel()[:: int(ARRAYS[f"{key}_stride"])]
    np.testing.assert_allclose(sample, ARRAYS[f"{key}_sample"], rtol=0, atol=tolerance, err_msg=key)
    wide = array.astype("float64")
    statistics = [wide.mean(), wide.std(), wide.min(), wide.max(), np.abs(wide).mean()]
    np.testing.assert_allclose(statistics, ARRAYS[f"{key}_stats"], rtol=0, atol=tolerance, err_msg=key)


def test_feature_maps(case):
    prefix, _, outputs = case
    for key in TAPS:
        check(f"{prefix}/{key}", outputs[key])


def test_levels(case):
    prefix, model, outputs = case
    shapes = ARRAYS[f"{prefix}/level_shapes"]
    assert [tuple(row[:2]) for row in shapes] == list(model.level_sizes)
    assert len(model.anchors) == shapes[:, 3].sum()
    for level, (height, width, anchors, boxes) in enumerate(shapes):
        predictions = outputs[f"level{level}"]
        assert predictions.shape == (1, height, width, anchors * 85)
        logits = predictions.reshape(1, boxes, 85)[..., 4:]
        check(f"{prefix}/level{level}_class_logits", logits)


def test_raw_outputs(case):
    prefix, model, outputs = case
    check(f"{prefix}/class_logits", outputs["class_logits"])
    check(f"{prefix}/boxes_raw", outputs["box_regressions"])
    boxes = compiled(lambda values: decode_boxes(values, model.anchors))(outputs["box_regressions"])
    check(f"{prefix}/boxes_decoded_xyxy", boxes, tolerance=5e-6)


def test_detections(case):
    prefix, model, outputs = case
    height, width = model.image_size
    expected = {key: ARRAYS[f"{prefix}/det_{key}"] for key in ("labels", "scores", "boxes", "count", "count_per_class")}
    if model.order == "class":
        model.max_detections = 2000
    raw = [outputs[key] for key in ("class_logits", "box_regressions")]
    found = compiled(lambda *raw: model.decode_predictions(dict(zip(("class_logits", "box_regressions"), raw))))(*raw)
    found = {key: values[0] for key, values in found.items()}
    count = found["num_detections"]
    assert count == expected["count"]
    assert (found["labels"][count:] == -1).all() and (found["labels"][:count] >= 0).all()
    np.testing.assert_array_equal(np.bincount(found["labels"][:count] + 1, minlength=81), expected["count_per_class"])
    listed = len(expected["labels"])  # of the multi-head family the first 1000
    boxes = found["boxes"][:listed] / np.array([width, height, width, height])
    if model.order == "class":
        rows = np.arange(listed)
    else:
        assert (np.diff(found["confidence"][:count]) <= 0).all()
        rows = matched_rows(found["labels"][:listed] + 1, boxes, expected)
    np.testing.assert_array_equal(found["labels"][rows] + 1, expected["labels"])
    np.testing.assert_allclose(found["confidence"][rows], expected["scores"], rtol=0, atol=1e-5)
    np.testing.assert_allclose(boxes[rows], expected["boxes"], rtol=0, atol=1e-5)


def matched_rows(labels, boxes, expected):
    """For each expected detection the nearest one found of the same label; scores of 3e-6 apart may swap."""
    distance = np.abs(boxes[None] - expected["boxes"][:, None]).max(axis=-1)  # (expected, found)
    distance[labels[None] != expected["labels"][:, None]] = np.inf
    rows = distance.argmin(axis=1)
    assert len(set(rows)) == len(rows)
    return rows


def test_losses(case):
    """Three sets of boxes on the same output, as one batch."""
    prefix, model, outputs = case
    if "320x320" not in prefix:
        pytest.skip("given for 320x320")
    names = ("gt1", "gt5", "gttiny")

    def losses(boxes, labels, logits, regressions):
        y, y_pred = {"boxes": boxes, "labels": labels}, {"class_logits": logits, "box_regressions": regressions}
        return model.compute_loss(y=y, y_pred=y_pred), multibox_loss(model.compute_targets(y), y_pred)

    raw = [np.repeat(outputs[key], len(names), axis=0) for key in ("class_logits", "box_regressions")]
    total, terms = compiled(losses)(*padded_targets(names, "px"), *raw)
    class_loss, box_loss = (terms[key] * terms["positives"].sum() for key in ("class_loss", "box_loss"))
    rows = {"batch3": [0, 1, 2], **{name: [row] for row, name in enumerate(names)}}
    for key, images in rows.items():
        sums = [values[images].sum() for values in (class_loss, box_loss, terms["positives"], terms["negatives"])]
        vector = [(sums[0] + sums[1]) / sums[2], sums[0] / sums[2], sums[1] / sums[2], *sums[2:]]
        np.testing.assert_allclose(vector, ARRAYS[f"{prefix}/loss_{key}"], rtol=2e-6, err_msg=key)
    np.testing.assert_allclose(total, ARRAYS[f"{prefix}/loss_batch3"][0], rtol=2e-6)
