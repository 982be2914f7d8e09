"""Every strategy against one device, on the same global batches, in real processes."""

import numpy as np
import pytest

from tests.training.distribution.replicas import jax_devices, jax_processes, told_by_the_first
from tests.training.train_tiny import STEPS, train_tiny


def assert_same_classifier(found, expected):
    (losses, metrics), (expected_losses, expected_metrics) = found, expected
    assert len(losses) == len(expected_losses) == STEPS
    np.testing.assert_allclose(losses, expected_losses, rtol=1e-4)
    assert metrics.keys() == expected_metrics.keys()
    for metric in ("loss", "val_loss", "val_raw_loss"):
        assert metrics[metric] == pytest.approx(expected_metrics[metric], rel=1e-4)
    for metric in ("top1", "val_top5", "val_raw_top1"):  # of 80 images, one may be on an edge
        assert metrics[metric] == pytest.approx(expected_metrics[metric], abs=2 / 80)


@pytest.mark.backend("torch")
def test_classifier_on_one_device(tmp_path, one_device):
    assert_same_classifier(train_tiny(tmp_path), one_device)


def test_classifier_equals_that_of_one_device(two_replicas, one_device):
    assert_same_classifier(two_replicas["classifier"], one_device)


@pytest.mark.release
@pytest.mark.backend("jax")
@pytest.mark.parametrize("begin", [jax_processes, jax_devices(4)], ids=["two processes", "four devices"])
def test_other_replicas(tmp_path, one_device, begin):
    assert_same_classifier(told_by_the_first(begin(tmp_path, "classifier"))["classifier"], one_device)


@pytest.mark.release
def test_segmenter_equals_that_of_one_device(two_replicas, tmp_path):
    """The pixels without a class, of which there are none in scenes, are left out on each replica."""
    (found, metrics), (expected, expected_metrics) = two_replicas["segmenter"], train_tiny(tmp_path, "segmenter")
    assert len(found) == STEPS
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    assert metrics["val_loss"] == pytest.approx(expected_metrics["val_loss"], rel=1e-4)
    for metric in ("mean_iou", "val_mean_iou", "val_raw_mean_iou"):  # of counts that are those of all replicas
        assert metrics[metric] == pytest.approx(expected_metrics[metric], abs=1e-3)


@pytest.mark.release
def test_detector_trains(two_replicas):
    """The loss is divided by the matched anchors of each replica, as in the published runs: the curves differ."""
    losses, metrics = two_replicas["detector"]
    assert len(losses) == STEPS and np.isfinite(losses).all()
    assert losses[-1] < losses[0]
    assert np.isfinite(metrics["val_loss"])
    assert "val_map" not in metrics  # it is not monitored
