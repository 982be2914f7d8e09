import numpy as np
import pytest
from keras import ops

from keras_mobilevitv3.detection import decode_detections, ssd_anchors
from tests.compiled import compiled
from tests.detection import reference
from tests.detection.reference import ARRAYS, LEVELS, post_inputs
from tests.reference_arrays import uniform

FAMILIES = {
    "v1": {"confidence_threshold": 0.05, "max_detections": 1000, "order": "class"},
    "v2": {"confidence_threshold": 0.01, "candidates_per_class": 400, "max_detections": 200, "order": "score"},
}
SMALL = ssd_anchors([(2, 3), (1, 2), (1, 1), (1, 1), (1, 1), (1, 1)])


def decode(logits, regressions, anchors, image_size=(1, 1), **settings):
    def function(logits, regressions):
        outputs = {"class_logits": logits, "box_regressions": regressions}
        return decode_detections(outputs, anchors, image_size, **settings)

    return compiled(function)(logits, regressions)


def small_inputs():
    logits = uniform("decoding/logits", (2, len(SMALL), 4), -3, 3)
    return logits, uniform("decoding/regressions", (2, len(SMALL), 4), -1, 1)


@pytest.mark.once
def test_inputs_are_those_of_the_arrays():
    logits, _ = post_inputs()
    wide = logits.astype("float64")
    np.testing.assert_allclose([wide.sum(), np.abs(wide).sum(), wide.max()], ARRAYS["post/logits_check"], rtol=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
def test_published_detections(family):
    result = decode(*post_inputs(), ssd_anchors(LEVELS["320x320"]), **FAMILIES[family])
    expected = {key: ARRAYS[f"post/{family}/det_{key}"] for key in ("labels", "scores", "boxes", "count_per_class")}
    count = len(expected["labels"])
    assert result["num_detections"].tolist() == [ARRAYS[f"post/{family}/det_count"]] == [count]
    np.testing.assert_array_equal(result["labels"][0, :count] + 1, expected["labels"])
    np.testing.assert_allclose(result["confidence"][0, :count], expected["scores"], rtol=0, atol=1e-6)
    np.testing.assert_allclose(result["boxes"][0, :count], expected["boxes"], rtol=0, atol=1e-6)
    counts = np.bincount(result["labels"][0, :count] + 1, minlength=81)
    np.testing.assert_array_equal(counts, expected["count_per_class"])
    for key in ("labels", "confidence", "boxes"):
        assert (result[key][0, count:] == -1).all()


@pytest.mark.parametrize("order", ["score", "class"])
@pytest.mark.parametrize("max_detections", [5, 200])
def test_order_and_limit(order, max_detections):
    logits, regressions = small_inputs()
    settings = {"confidence_threshold": 0.3, "max_detections_per_class": 8, "iou_threshold": 0.6}
    found = decode(
        logits, regressions, SMALL, image_size=(50, 80), order=order, max_detections=max_detections, **settings
    )
    assert {key: values.shape for key, values in found.items()} == {
        "boxes": (2, max_detections, 4),
        "labels": (2, max_detections),
        "confidence": (2, max_detections),
        "num_detections": (2,),
    }
    assert {key: values.dtype.name for key, values in found.items()} == {
        "boxes": "float32",
        "labels": "int32",
        "confidence": "float32",
        "num_detections": "int32",
    }
    for image in range(2):
        expected = detections_one_by_one(logits[image], regressions[image], settings, max_detections, order)
        count = found["num_detections"][image]
        assert count == len(expected) and (count == 5 or max_detections == 200)
        for place, (score, label, box) in enumerate(expected):
            assert found["labels"][image, place] == label
            np.testing.assert_allclose(found["confidence"][image, place], score, rtol=1e-5)
            np.testing.assert_allclose(found["boxes"][image, place], box * [80, 50, 80, 50], rtol=1e-4, atol=1e-3)
        for key in ("labels", "confidence", "boxes"):
            assert (found[key][image, count:] == -1).all()


def detections_one_by_one(logits, regressions, settings, max_detections, order):
    """Detections of one image as tuples of score, label and box, in plain NumPy."""
    exponentials = np.exp(logits.astype("float64"))
    scores = exponentials / exponentials.sum(axis=-1, keepdims=True)
    centers = regressions[:, :2] * 0.1 * SMALL[:, 2:] + SMALL[:, :2]
    sizes = np.exp(regressions[:, 2:] * 0.2) * SMALL[:, 2:]
    boxes = np.concatenate([centers - sizes / 2, centers + sizes / 2], axis=1)
    found = []
    for label in range(scores.shape[1] - 1):
        column = scores[:, label + 1]
        kept = reference.suppress(boxes, column, settings["confidence_threshold"], settings["iou_threshold"], None, 8)
        found += [(column[i], label, boxes[i]) for i in kept]
    found = sorted(found, key=lambda row: -row[0])[:max_detections]
    return found if order == "score" else sorted(found, key=lambda row: (row[1], -row[0]))


def test_nothing_found():
    logits, regressions = small_inputs()
    found = decode(logits, regressions, SMALL, confidence_threshold=1.0, order="class", max_detections_per_class=3)
    assert found["num_detections"].tolist() == [0, 0]
    assert (found["boxes"] == -1).all() and (found["labels"] == -1).all()


@pytest.mark.once
def test_bad_order():
    outputs = dict(zip(("class_logits", "box_regressions"), map(ops.convert_to_tensor, small_inputs())))
    with pytest.raises(ValueError, match=r"`order` must be one of \['score', 'class'\]. Received: order='size'"):
        decode_detections(outputs, SMALL, (1, 1), order="size")
