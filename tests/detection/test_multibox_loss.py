import keras
import numpy as np
import pytest
from keras import ops

from keras_mobilevitv3.detection.multibox_loss import MultiBoxLoss, hard_negatives, multibox_loss
from tests.compiled import compiled
from tests.detection.reference import ANCHORS, ARRAYS, SETS
from tests.reference_arrays import uniform


def published_inputs(names=SETS):
    """Labels, encoded boxes, logits and regressions of the images of the arrays `loss/`."""
    rows = [SETS.index(name) for name in names]
    labels = np.stack([ARRAYS[f"targets/{name}/matched_labels"] for name in names])
    boxes = np.stack([encoded_boxes(name) for name in names])
    logits = uniform("ssd/loss/logits", (5, ANCHORS, 81), -3, 3)[rows]
    return labels, boxes, logits, uniform("ssd/loss/boxes", (5, ANCHORS, 4), -2, 2)[rows]


def encoded_boxes(name):
    key = f"targets/{name}/encoded_boxes"
    return ARRAYS[key] if key in ARRAYS else np.zeros((ANCHORS, 4), "float32")


def terms(labels, boxes, logits, regressions, **arguments):
    def function(labels, boxes, logits, regressions):
        outputs = {"class_logits": logits, "box_regressions": regressions}
        return multibox_loss({"labels": labels, "boxes": boxes}, outputs, **arguments)

    return compiled(function)(labels, boxes, logits, regressions)


def one_by_one(labels, boxes, logits, regressions, ratio):
    """Class and box loss of each image, not divided, and the numbers of anchors in it; float64."""
    logits = logits.astype("float64")
    losses = np.log(np.exp(logits).sum(axis=-1, keepdims=True)) - logits
    rows = []
    for image, of_image in enumerate(labels):
        positives = np.flatnonzero(of_image)
        background = losses[image, :, 0].copy()
        background[positives] = -np.inf
        negatives = np.argsort(-background)[: min(ratio * len(positives), len(of_image) - len(positives))]
        class_loss = sum(losses[image, i, of_image[i]] for i in (*positives, *negatives))
        size = np.abs(np.float64(regressions[image, positives]) - boxes[image, positives])
        box_loss = np.where(size < 1, size**2 / 2, size - 0.5).sum()
        rows.append((class_loss, box_loss, len(positives), len(negatives)))
    return np.array(rows).T


@pytest.mark.parametrize("name", [*SETS, "batch5"])
def test_published_losses(name):
    result = terms(*published_inputs(SETS if name == "batch5" else [name]))
    sums = [result[key].sum() for key in ("class_loss", "box_loss", "positives", "negatives")]
    expected = ARRAYS[f"loss/v2/generator_{name}" if name == "gtempty" else f"loss/generator_{name}"]
    np.testing.assert_allclose([sums[0] + sums[1], *sums], expected, rtol=1e-6)
    if name == "gtempty":  # the multi-head family divided by 0
        assert np.isnan(ARRAYS["loss/v1/generator_gtempty"][0]) and sums == [0, 0, 0, 0]


@pytest.mark.parametrize("ratio", [1, 3, 50])
def test_against_one_by_one(ratio):
    labels = np.zeros((3, 30), "int32")
    labels[0, [3, 17]], labels[1, 9] = [2, 1], 4
    arrays = [uniform(f"multibox/{i}", (3, 30, size), -3, 3) for i, size in enumerate((4, 5, 4))]
    result = terms(labels, *arrays, negatives_per_positive=ratio)
    class_loss, box_loss, positives, negatives = one_by_one(labels, *arrays, ratio)
    np.testing.assert_allclose(result["class_loss"], class_loss / 3, rtol=1e-5)
    np.testing.assert_allclose(result["box_loss"], box_loss / 3, rtol=1e-5)
    np.testing.assert_array_equal(result["positives"], positives)
    np.testing.assert_array_equal(result["negatives"], negatives)
    assert negatives.tolist() == [min(2 * ratio, 28), min(ratio, 29), 0]


def test_loss_of_keras_is_the_sum_of_the_terms():
    labels, boxes, logits, regressions = published_inputs(["gt1", "gt5"])
    result = terms(labels, boxes, logits, regressions)
    expected = result["class_loss"].sum() + result["box_loss"].sum()
    outputs = {"class_logits": logits, "box_regressions": regressions}
    loss = MultiBoxLoss()({"labels": labels, "boxes": boxes}, outputs)
    np.testing.assert_allclose(ops.convert_to_numpy(loss), expected, rtol=1e-6)
    few = MultiBoxLoss(negatives_per_positive=1)({"labels": labels, "boxes": boxes}, outputs)
    assert float(few) < expected


@pytest.mark.once
def test_config():
    loss = MultiBoxLoss(negatives_per_positive=2, name="mine")
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert isinstance(copy, MultiBoxLoss)
    assert copy.get_config() == loss.get_config()
    assert (copy.negatives_per_positive, copy.name) == (2, "mine")


def test_hard_negatives():
    loss = np.array([[5, 1, 4, 3, 2], [1, 2, 3, 4, 5]], "float32")
    positive = np.array([[True, False, False, False, False], [False] * 5])
    chosen = compiled(lambda *given: hard_negatives(*given, 3))(loss, positive)
    assert chosen.tolist() == [[False, False, True, True, True], [False] * 5]
