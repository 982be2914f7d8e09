"""Every strategy against one device, on the same global batches, in real processes."""

import json

import keras
import numpy as np
import pytest

from tests.training.tiny_runs import finish, free_port, start
from tests.training.train_tiny import EPOCHS, STEPS

BACKEND = keras.backend.backend()


def mirrored(workdir, *task):
    return [start(workdir, "--strategy", "mirrored", "--cpu-devices", 2, "--batch-size", 8, *task)]


def jax_devices(count):
    arguments = "--strategy", "jax", "--cpu-devices", count, "--batch-size", 16 // count
    return lambda workdir, *task: [start(workdir, *arguments, *task)]


def jax_processes(workdir):
    address = f"127.0.0.1:{free_port()}"
    return [
        start(
            *(workdir, "--strategy", "jax", "--cpu-devices", 1, "--batch-size", 8),
            KERAS_DISTRIBUTION_JOB_ADDRESSES=address,
            KERAS_DISTRIBUTION_NUM_PROCESSES="2",
            KERAS_DISTRIBUTION_PROCESS_ID=str(number),
        )
        for number in range(2)
    ]


def ddp(workdir, *task):
    launcher = ("-m", "torch.distributed.run", "--nproc-per-node=2", f"--master-port={free_port()}", "-m")
    return [start(workdir, "--strategy", "ddp", "--batch-size", 8, *task, launcher=launcher)]


STRATEGIES = {
    "tensorflow": {"mirrored": mirrored},
    "jax": {"two devices": jax_devices(2), "four devices": jax_devices(4), "two processes": jax_processes},
    "torch": {"ddp": ddp},
}[BACKEND]


TWO_REPLICAS = {"tensorflow": mirrored, "jax": jax_devices(2), "torch": ddp}[BACKEND]


@pytest.fixture(scope="module")
def one_device(tmp_path_factory):
    """Losses and metrics of one device."""
    workdir = tmp_path_factory.mktemp("one")
    process = start(workdir)
    return finish(process), json.loads((workdir / "metrics.json").read_text())


@pytest.mark.parametrize("name", STRATEGIES)
def test_curve_equals_that_of_one_device(tmp_path, one_device, name):
    expected, expected_metrics = one_device
    found, *others = [finish(process) for process in STRATEGIES[name](tmp_path)]
    assert not any(others)  # only one process tells
    assert len(found) == len(expected) == EPOCHS * STEPS
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics.keys() == expected_metrics.keys()
    for metric in ("loss", "val_loss", "val_raw_loss"):
        assert metrics[metric] == pytest.approx(expected_metrics[metric], rel=1e-4)
    for metric in ("top1", "val_top5", "val_raw_top1"):  # of 160 images, one may be on an edge
        assert metrics[metric] == pytest.approx(expected_metrics[metric], abs=2 / 160)


def test_segmentation_equals_that_of_one_device(tmp_path):
    """The pixels without a class, of which there are none in scenes, are left out on each replica."""
    task = ("--task", "segmenter")
    expected = finish(start(tmp_path / "one", *task))
    found, *_ = [finish(process) for process in TWO_REPLICAS(tmp_path / "two", *task)]
    assert len(found) == EPOCHS * STEPS
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    one, two = (json.loads((tmp_path / name / "metrics.json").read_text()) for name in ("one", "two"))
    assert two["val_loss"] == pytest.approx(one["val_loss"], rel=1e-4)
    for metric in ("mean_iou", "val_mean_iou", "val_raw_mean_iou"):  # of counts that are those of all replicas
        assert two[metric] == pytest.approx(one[metric], abs=1e-3)


def test_detection_trains(tmp_path):
    """The loss is divided by the matched anchors of each replica, as in the published runs: the curves differ."""
    found, *_ = [finish(process) for process in TWO_REPLICAS(tmp_path, "--task", "detector")]
    assert len(found) == EPOCHS * STEPS and np.isfinite(found).all()
    assert np.mean(found[-5:]) < np.mean(found[:5])
    assert np.isfinite(json.loads((tmp_path / "metrics.json").read_text())["val_loss"])
