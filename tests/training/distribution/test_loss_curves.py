"""Every strategy against one device, on the same global batches, in real processes."""

import json

import keras
import numpy as np
import pytest

from tests.training.tiny_runs import finish, free_port, start
from tests.training.train_tiny import EPOCHS, STEPS

BACKEND = keras.backend.backend()
pytestmark = pytest.mark.slow


def mirrored(workdir):
    return [start(workdir, "--strategy", "mirrored", "--cpu-devices", 2, "--batch-size", 8)]


def jax_devices(count):
    return lambda workdir: [start(workdir, "--strategy", "jax", "--cpu-devices", count, "--batch-size", 16 // count)]


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


def ddp(workdir):
    launcher = ("-m", "torch.distributed.run", "--nproc-per-node=2", f"--master-port={free_port()}", "-m")
    return [start(workdir, "--strategy", "ddp", "--batch-size", 8, launcher=launcher)]


STRATEGIES = {
    "tensorflow": {"mirrored": mirrored},
    "jax": {"two devices": jax_devices(2), "four devices": jax_devices(4), "two processes": jax_processes},
    "torch": {"ddp": ddp},
}[BACKEND]


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
