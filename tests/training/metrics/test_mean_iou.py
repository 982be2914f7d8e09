import keras
import numpy as np
import pytest

from tests.reference_arrays import uniform
from training.metrics import MeanIoU

CLASSES = 5


def batch(name, ignored=(255, -1, 5), shape=(2, 9, 7)):
    """Masks with labels that are no classes, and logits of which no class 3 is predicted."""
    masks = np.floor(uniform(f"{name}/masks", shape) * CLASSES).astype("int32")
    hidden = uniform(f"{name}/hidden", shape)
    for index, label in enumerate(ignored):
        masks[(hidden > 0.1 * index) & (hidden < 0.1 * (index + 1))] = label
    logits = uniform(f"{name}/logits", (*shape, CLASSES), -3, 3)
    logits[..., 3] = -9
    return masks, logits


def iou(batches, ignore_class=None):
    """Pixel by pixel, in plain Python."""
    intersection, union = [0] * CLASSES, [0] * CLASSES
    for masks, logits in batches:
        for label, scores in zip(masks.ravel().tolist(), logits.reshape(-1, CLASSES).tolist(), strict=True):
            if label == ignore_class or label not in range(CLASSES):
                continue
            predicted = scores.index(max(scores))
            intersection[label] += label == predicted
            for one in {label, predicted}:
                union[one] += 1
    return [a / b if b else float("nan") for a, b in zip(intersection, union, strict=True)]


def counted(batches, **arguments):
    metric = MeanIoU(CLASSES, **arguments)
    for masks, logits in batches:
        metric.update_state(masks, logits)
    return metric


@pytest.mark.parametrize("ignore_class", [None, 255, -1, 2])
def test_equals_a_plain_count(ignore_class):
    batches = [batch("a"), batch("b", shape=(1, 4, 11))]
    metric = counted(batches, ignore_class=ignore_class)
    expected = iou(batches, ignore_class)
    np.testing.assert_allclose(metric.per_class(), expected, rtol=1e-12)
    assert float(metric.result()) == pytest.approx(np.nanmean(expected), rel=1e-6)


def test_absent_classes_count_nowhere():
    masks, logits = batch("absent")
    masks[masks == 3] = 255
    metric = counted([(masks, logits)])
    assert np.isnan(metric.per_class()[3])
    assert float(metric.result()) == pytest.approx(np.nanmean(iou([(masks, logits)])), rel=1e-6)


def test_masks_with_a_last_axis_and_of_bytes():
    masks, logits = batch("bytes", ignored=(255, 200, 5))
    expected = counted([(masks, logits)]).per_class()
    np.testing.assert_array_equal(counted([(masks[..., None], logits)]).per_class(), expected)
    np.testing.assert_array_equal(counted([(masks.astype("uint8"), logits)]).per_class(), expected)


def test_weights_leave_samples_out():
    masks, logits = batch("weights")
    metric = MeanIoU(CLASSES)
    metric.update_state(masks, logits, sample_weight=np.array([0.0, 0.5], "float32"))
    np.testing.assert_array_equal(metric.per_class(), counted([(masks[1:], logits[1:])]).per_class())


def test_state_is_a_sum():
    first, second = counted([batch("a")]), counted([batch("b")])
    together = counted([batch("a"), batch("b")])
    total = sum(keras.ops.convert_to_numpy(metric.variables[0]) for metric in (first, second))
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(together.variables[0]), total)
    assert len(together.variables) == 1
    together.reset_state()
    assert np.isnan(together.per_class()).all()


def test_compiled_and_restored():
    """Through `evaluate`, jitted on JAX, of a model that returns its input."""
    images = keras.Input((9, 7, CLASSES))
    model = keras.Model(images, keras.layers.Identity()(images))
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=255),
        metrics=[MeanIoU(CLASSES, ignore_class=255)],
    )
    masks, logits = batch("compiled", ignored=(255,))
    logged = model.evaluate(logits, masks, batch_size=1, verbose=0, return_dict=True)
    assert logged["mean_iou"] == pytest.approx(np.nanmean(iou([(masks, logits)])), rel=1e-6)
    metric = keras.metrics.deserialize(keras.metrics.serialize(MeanIoU(CLASSES, ignore_class=-1, name="iou")))
    assert (metric.num_classes, metric.ignore_class, metric.name) == (CLASSES, -1, "iou")
