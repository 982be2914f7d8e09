"""Runs that are killed, stopped and started again, in real processes."""

import random
import signal

import keras
import pytest

from tests.training.tiny_runs import finish, largest_difference, losses, read_weights, start
from tests.training.train_tiny import EPOCHS, STEPS

FILES = ("last.weights.h5", "last_raw.weights.h5", "best.weights.h5")


def run_until(workdir, step, number):
    """Starts a run, sends it a signal when it tells a step, and returns the process and what it told."""
    process = start(workdir, "--dropout", 0.1)
    told = []
    for line in process.stdout:
        told += losses([line])
        if len(told) == step:
            process.send_signal(number)
            break
    return process


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    workdir = tmp_path_factory.mktemp("uninterrupted")
    told = finish(start(workdir, "--dropout", 0.1))
    assert len(told) == EPOCHS * STEPS
    return workdir


def assert_same_end(workdir, expected):
    for name in FILES:
        difference = largest_difference(read_weights(workdir / name), read_weights(expected / name))
        assert difference == 0, f"{name} differs by {difference}"
    log, expected_log = ((folder / "log.csv").read_text().splitlines() for folder in (workdir, expected))
    assert len(log) == 1 + EPOCHS
    for row, expected_row in zip(log[1:], expected_log[1:]):
        values, expected_values = ([float(value) for value in line.split(",")] for line in (row, expected_row))
        assert values == pytest.approx(expected_values, rel=1e-5)


def test_killed_at_a_random_step(tmp_path, uninterrupted):
    step = random.randrange(1, EPOCHS * STEPS)
    print(f"killed after step {step}")
    process = run_until(tmp_path, step, signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    told = finish(start(tmp_path, "--dropout", 0.1))
    assert len(told) >= EPOCHS * STEPS - step
    if step > 6:
        assert len(told) < EPOCHS * STEPS  # it did not begin again
    assert_same_end(tmp_path, uninterrupted)


def test_stopped_by_ctrl_c_after_the_newest_checkpoint_was_damaged(tmp_path, uninterrupted):
    process = run_until(tmp_path, 8, signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 75, errors[-2000:]
    assert "The same command goes on from there." in errors
    newest = sorted((tmp_path / "checkpoints").iterdir())[-1]
    newest.write_bytes(newest.read_bytes()[:1000])
    process = start(tmp_path, "--dropout", 0.1)
    output, errors = process.communicate()
    assert process.returncode == 0, errors[-2000:]
    assert "Skipped a damaged checkpoint" in errors
    assert "Going on from epoch 1, step 6." in output
    assert_same_end(tmp_path, uninterrupted)


def test_a_run_that_was_complete_stays_so(uninterrupted):
    before = {name: read_weights(uninterrupted / name) for name in FILES}
    process = start(uninterrupted, "--dropout", 0.1)
    output, errors = process.communicate()
    assert process.returncode == 0, errors[-2000:]
    assert "The run is complete" in output and losses(output.splitlines()) == []
    for name in FILES:
        assert largest_difference(read_weights(uninterrupted / name), before[name]) == 0


def test_backend_is_told(uninterrupted):
    assert f'"backend": "{keras.backend.backend()}"' in (uninterrupted / "run.json").read_text()
