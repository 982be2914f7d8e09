"""Runs that are killed or stopped and started again."""

import signal

import keras
import pytest

from tests.tiny_networks import SHALLOW
from tests.training.tiny_runs import largest_difference, read_weights, start
from tests.training.train_tiny import STEPS, DieAt, SignalAfter, recipe, train_tiny
from training.callbacks import Interrupted
from training.tasks.classification import evaluate

FILES = ("last.weights.h5", "last_raw.weights.h5", "best.weights.h5")
EPOCHS = 2
SETTINGS = {"epochs": EPOCHS, "dropout": 0.1}  # The random numbers of dropout go on too.


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    workdir = tmp_path_factory.mktemp("uninterrupted")
    losses, metrics = train_tiny(workdir, **SETTINGS)
    assert len(losses) == EPOCHS * STEPS
    return workdir, metrics


def assert_same_end(workdir, expected):
    for name in FILES:
        difference = largest_difference(read_weights(workdir / name), read_weights(expected / name))
        assert difference == 0, f"{name} differs by {difference}"
    log, expected_log = ((folder / "log.csv").read_text().splitlines() for folder in (workdir, expected))
    assert len(log) == 1 + EPOCHS
    for row, expected_row in zip(log[1:], expected_log[1:]):
        values, expected_values = ([float(value) for value in line.split(",")] for line in (row, expected_row))
        assert values == pytest.approx(expected_values, rel=1e-5)


@pytest.mark.release("jax", "tensorflow")  # which compile for each of the four runs
def test_killed_and_then_stopped_after_the_last_step(tmp_path, uninterrupted, capsys):
    """The last run has no step to take, only the end of the epoch."""
    settings = {**SETTINGS, "checkpoint_steps": 1}
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    process = start(tmp_path, *flags, "--kill-after", STEPS + 4)
    _, errors = process.communicate()
    assert process.returncode == -signal.SIGKILL, errors[-2000:]
    workdir = tmp_path / "classifier"
    with pytest.raises(Interrupted, match=f"in epoch 2 after step {STEPS}"):
        train_tiny(workdir, **settings, callbacks=[SignalAfter(signal.SIGTERM, STEPS - 3)])
    losses, metrics = train_tiny(workdir, **settings)
    assert losses == [] and metrics == pytest.approx(uninterrupted[1], rel=1e-5)
    assert f"Continuing from epoch 2, step {STEPS}." in capsys.readouterr().out
    assert_same_end(workdir, uninterrupted[0])


@pytest.mark.release
@pytest.mark.parametrize("moment", DieAt.MOMENTS)
@pytest.mark.parametrize("checkpoint_steps", [STEPS, 3])
def test_killed_at_a_moment(tmp_path, uninterrupted, moment, checkpoint_steps):
    settings = {**SETTINGS, "checkpoint_steps": checkpoint_steps}
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    process = start(tmp_path, *flags, "--kill-at", moment)
    _, errors = process.communicate()
    assert process.returncode == -signal.SIGKILL, errors[-2000:]
    train_tiny(tmp_path / "classifier", **settings)
    assert_same_end(tmp_path / "classifier", uninterrupted[0])


@pytest.mark.parametrize(
    ("step", "left"),
    [
        pytest.param(STEPS + 4, STEPS - 3, marks=pytest.mark.release),  # after a checkpoint in the second epoch
        pytest.param(1, EPOCHS * STEPS, marks=pytest.mark.release),  # before the first checkpoint
        pytest.param(STEPS, EPOCHS * STEPS - 3, marks=pytest.mark.release),  # before that of an epoch
        pytest.param(STEPS + 1, STEPS, marks=pytest.mark.release),  # after that of an epoch
    ],
)
def test_killed(tmp_path, uninterrupted, step, left):
    """A process that is killed after a step; another one takes the steps that are left."""
    settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
    process = start(tmp_path, *settings, "--kill-after", step)
    _, errors = process.communicate()
    assert process.returncode == -signal.SIGKILL, errors[-2000:]
    losses, _ = train_tiny(tmp_path / "classifier", **SETTINGS)
    assert len(losses) == left
    assert_same_end(tmp_path / "classifier", uninterrupted[0])


@pytest.mark.once
@pytest.mark.release
def test_stopped_by_ctrl_c_and_the_newest_checkpoint_damaged(tmp_path, uninterrupted, caplog, capsys):
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(Interrupted, match="after step 4. The same command continues from there."):
        train_tiny(tmp_path, **SETTINGS, callbacks=[SignalAfter(signal.SIGINT, 4)])
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
    newest = sorted((tmp_path / "checkpoints").iterdir())[-1]
    newest.write_bytes(newest.read_bytes()[:1000])
    train_tiny(tmp_path, **SETTINGS)
    assert "Skipped a damaged checkpoint" in caplog.text
    assert "Continuing from epoch 1, step 3." in capsys.readouterr().out
    assert_same_end(tmp_path, uninterrupted[0])


def test_a_run_that_was_complete_stays_so(uninterrupted, capsys):
    workdir, _ = uninterrupted
    before = {name: read_weights(workdir / name) for name in FILES}
    losses, metrics = train_tiny(workdir, **SETTINGS)
    assert "The run is complete" in capsys.readouterr().out
    assert (losses, metrics) == ([], {})
    for name in FILES:
        assert largest_difference(read_weights(workdir / name), before[name]) == 0


def test_backend_is_told(uninterrupted):
    assert f'"backend": "{keras.backend.backend()}"' in (uninterrupted[0] / "run.json").read_text()


def test_evaluation_gives_the_metrics_of_the_run(uninterrupted):
    workdir, metrics = uninterrupted
    found = evaluate(recipe("digits", 16), SHALLOW["multi_head"], workdir / "last.weights.h5", "digits")
    assert found["top1"] == pytest.approx(metrics["val_top1"])
    assert found["top5"] == pytest.approx(metrics["val_top5"])
