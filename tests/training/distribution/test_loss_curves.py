"""Every strategy against one device, on the same global batches, in real processes."""

import keras
import numpy as np
import pytest

from tests.training.tiny_runs import finish, free_port, results, start
from tests.training.train_tiny import STEPS, train_tiny

BACKEND = keras.backend.backend()


def mirrored(workdir, *tasks):
    return [start(workdir, "--strategy", "mirrored", "--cpu-devices", 2, "--batch-size", 8, "--tasks", *tasks)]


def jax_devices(count):
    arguments = "--strategy", "jax", "--cpu-devices", count, "--batch-size", 16 // count
    return lambda workdir, *tasks: [start(workdir, *arguments, "--tasks", *tasks)]


def jax_processes(workdir, *tasks):
    address = f"127.0.0.1:{free_port()}"
    return [
        start(
            *(workdir, "--strategy", "jax", "--cpu-devices", 1, "--batch-size", 8, "--tasks", *tasks),
            KERAS_DISTRIBUTION_JOB_ADDRESSES=address,
            KERAS_DISTRIBUTION_NUM_PROCESSES="2",
            KERAS_DISTRIBUTION_PROCESS_ID=str(number),
        )
        for number in range(2)
    ]


def ddp(workdir, *tasks):
    launcher = ("-m", "torch.distributed.run", "--nproc-per-node=2", f"--master-port={free_port()}", "-m")
    return [start(workdir, "--strategy", "ddp", "--batch-size", 8, "--tasks", *tasks, launcher=launcher)]


TWO_REPLICAS = {"tensorflow": mirrored, "jax": jax_devices(2), "torch": ddp}[BACKEND]


# Networks for scenes compile for long, except on PyTorch, which compiles nothing.
on_scenes = pytest.mark.release("jax", "tensorflow")


def told_by_the_first(processes):
    """What the first process tells of each task; the others tell nothing."""
    first, *others = [results(finish(process)) for process in processes]
    assert not any(others)
    return first


@pytest.fixture(scope="module")
def two_replicas(tmp_path_factory, request):
    """What two replicas tell of each task, one after the other in the same processes."""
    tasks = ["segmenter", "detector"] if BACKEND == "torch" or request.config.getoption("--release") else []
    if not request.config.getoption("--release"):
        tasks.append("classifier")
    return told_by_the_first(TWO_REPLICAS(tmp_path_factory.mktemp("two"), *tasks))


def assert_same_classifier(found, expected):
    (losses, metrics), (expected_losses, expected_metrics) = found, expected
    assert len(losses) == len(expected_losses) == STEPS
    np.testing.assert_allclose(losses, expected_losses, rtol=1e-4)
    assert metrics.keys() == expected_metrics.keys()
    for metric in ("loss", "val_loss", "val_raw_loss"):
        assert metrics[metric] == pytest.approx(expected_metrics[metric], rel=1e-4)
    for metric in ("top1", "val_top5", "val_raw_top1"):  # of 80 images, one may be on an edge
        assert metrics[metric] == pytest.approx(expected_metrics[metric], abs=2 / 80)


def test_classifier_equals_that_of_one_device(two_replicas, one_device):
    assert_same_classifier(two_replicas["classifier"], one_device)


@pytest.mark.release
@pytest.mark.backend("jax")
@pytest.mark.parametrize("begin", [jax_processes, jax_devices(4)], ids=["two processes", "four devices"])
def test_other_replicas(tmp_path, one_device, begin):
    assert_same_classifier(told_by_the_first(begin(tmp_path, "classifier"))["classifier"], one_device)


@on_scenes
def test_segmenter_equals_that_of_one_device(two_replicas, tmp_path):
    """The pixels without a class, of which there are none in scenes, are left out on each replica."""
    (found, metrics), (expected, expected_metrics) = two_replicas["segmenter"], train_tiny(tmp_path, "segmenter")
    assert len(found) == STEPS
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    assert metrics["val_loss"] == pytest.approx(expected_metrics["val_loss"], rel=1e-4)
    for metric in ("mean_iou", "val_mean_iou", "val_raw_mean_iou"):  # of counts that are those of all replicas
        assert metrics[metric] == pytest.approx(expected_metrics[metric], abs=1e-3)


@on_scenes
def test_detector_trains(two_replicas):
    """The loss is divided by the matched anchors of each replica, as in the published runs: the curves differ."""
    losses, metrics = two_replicas["detector"]
    assert len(losses) == STEPS and np.isfinite(losses).all()
    assert losses[-1] < losses[0]
    assert np.isfinite(metrics["val_loss"])
    assert "val_map" not in metrics  # it is not monitored
