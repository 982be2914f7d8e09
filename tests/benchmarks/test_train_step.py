"""That the benchmark runs and its parts are those of a whole step; how fast it is, is not tested."""

import importlib
import re
from dataclasses import astuple, replace
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_mobilevitv3 import VARIANTS
from tests.tiny_networks import TINY

BENCHMARKS = Path(__file__).parent.parent.parent / "benchmarks"
SHORT = ["--networks", "tiny", "--shapes", "2x64", "--rounds", "1", "--warm-up", "1"]


@pytest.fixture
def train_step(monkeypatch):
    """The script as a module, with a network `"tiny"` to measure and short epochs."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    module = importlib.import_module("train_step")
    shallow = replace(TINY["separable"], num_blocks=(1, 1), attention_depths=(1, 1, 1))
    monkeypatch.setitem(VARIANTS, "tiny", shallow)
    monkeypatch.setattr(importlib.import_module("training_input"), "PIPELINE_STEPS", 2)
    return module


def stand_in():
    """A PyTorch network with the output of those of `transformers`."""
    torch = pytest.importorskip("torch")

    class StandIn(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = torch.nn.Sequential(
                torch.nn.Conv2d(3, 4, 3, stride=8),
                torch.nn.BatchNorm2d(4),
                torch.nn.AdaptiveAvgPool2d(1),
                torch.nn.Flatten(),
                torch.nn.Linear(4, 1000),
            )

        def forward(self, images):
            return SimpleNamespace(logits=self.layers(images))

    return StandIn()


def rows(output):
    """The lines of the table, each as a list of words."""
    return [line.split() for line in output.splitlines() if " 2x64 " in line]


@pytest.mark.once
def test_the_table_without_transformers(train_step, capsys):
    train_step.main([*SHORT, "--no-transformers"])
    output = capsys.readouterr().out
    assert f"Keras {keras.version()} on {keras.backend.backend()}" in output
    assert "transformers" not in output
    (row,) = rows(output)
    name, shape, precision, images, step, *shares = row
    assert (name, shape, precision) == ("tiny", "2x64", "float32")
    parts = [float(part) for part in shares[::2]]
    assert len(parts) == 4  # and no ratio behind them
    assert sum(parts) == pytest.approx(float(step), abs=0.3)
    assert 2e3 / float(step) == pytest.approx(float(images), rel=0.02, abs=0.06)  # of a slow machine: one digit


@pytest.mark.once
@pytest.mark.release
def test_the_table_with_a_pytorch_network(train_step, capsys, monkeypatch):
    network = stand_in()
    before = [value.clone() for value in network.state_dict().values()]
    monkeypatch.setitem(train_step.COUNTERPARTS, "tiny", "stand-in")
    monkeypatch.setattr(train_step, "build_counterpart", lambda name: network)
    monkeypatch.setattr(train_step, "version", lambda name: "1.0")
    monkeypatch.setattr(train_step, "find_spec", lambda name: True)
    train_step.main(SHORT)
    ours, theirs = rows(capsys.readouterr().out)
    assert theirs[0] == "stand-in"
    assert ours[5] == theirs[5]  # the same input
    steps = [float(row[4]) for row in (ours, theirs)]
    without_input = [float(row[4]) - float(row[5]) for row in (ours, theirs)]
    ratio, ratio_without_input = map(float, ours[-2:])
    assert ratio == pytest.approx(steps[1] / steps[0], abs=0.02)
    assert ratio_without_input == pytest.approx(without_input[1] / without_input[0], abs=0.05)
    assert all((value != old).any() for value, old in zip(network.state_dict().values(), before))


@pytest.fixture
def without_graphs():
    """TensorFlow takes seconds to make the graphs of a step."""
    before = tf.config.functions_run_eagerly()
    yield tf.config.run_functions_eagerly
    tf.config.run_functions_eagerly(before)


IN_GRAPHS = pytest.param("float32", True, marks=[pytest.mark.backend("tensorflow"), pytest.mark.release])
IN_HALF_PRECISION = pytest.param("mixed_float16", False, marks=[pytest.mark.once, pytest.mark.release])


@pytest.mark.release("jax", "tensorflow")
@pytest.mark.parametrize(("precision", "in_graphs"), [("float32", False), IN_GRAPHS, IN_HALF_PRECISION])
def test_a_step_trains(train_step, without_graphs, precision, in_graphs):
    """Each round makes one step, of all weights and averages."""
    batch = train_step.measure_input(2, 64, 1)[1]
    assert batch[0].shape == (2, 64, 64, 3) and batch[1].shape == (2, 1000)
    policy = keras.config.dtype_policy()
    model, average = train_step.build("tiny", 64, precision)
    assert keras.config.dtype_policy() == policy
    assert model.compute_dtype == precision.removeprefix("mixed_")
    before = average.get_state()
    calls = train_step.our_calls(model, average, *train_step.to_backend(batch))
    without_graphs(not in_graphs)
    rounds = 2 if precision == "float32" else 1  # the first scales of the loss are too large for float16
    for _ in range(rounds):
        for call in calls.values():
            call()
    if precision == "float32":
        assert int(model.optimizer.iterations) == rounds
        after = average.get_state()
        assert np.mean([(after[path] != value).any() for path, value in before.items()]) > 0.9


@pytest.mark.once
def test_parts_by_difference(train_step):
    assert train_step.split({"forward": 1.0, "gradients": 3.0, "step": 3.5}) == (1.0, 2.0, 0.5)
    assert train_step.split({"forward": 1.0, "backward": 2.0, "update": 0.5}) == (1.0, 2.0, 0.5)
    parts = train_step.Parts(0.5, 1.0, 2.0, 0.5)
    assert parts.step == sum(astuple(parts)) == 4.0


@pytest.mark.once
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--networks", "mobilevitv3_xxs", "no_such"], r"mobilevitv3_050.* Received: no_such\n"),
        (["--shapes", "16"], "as 16x160"),
        (["--precision", "float8"], "mixed_bfloat16"),
    ],
)
def test_what_is_allowed(train_step, capsys, arguments, message):
    with pytest.raises(SystemExit):
        train_step.main([*arguments, "--no-transformers"])
    error = capsys.readouterr().err
    assert re.search(message, error.replace("'", "")), error


@pytest.mark.once
def test_transformers_is_not_installed(train_step, capsys, monkeypatch):
    monkeypatch.setattr(train_step, "find_spec", lambda name: None)
    with pytest.raises(SystemExit):
        train_step.main(SHORT)
    assert '".[benchmark]"' in capsys.readouterr().err


@pytest.mark.once
def test_the_networks_of_transformers_are_the_published_ones(train_step):
    pytest.importorskip("transformers")
    for name, parameters in {"MobileViT-XXS": 1_272_024, "MobileViTV2-0.5": 1_370_593}.items():
        network = train_step.build_counterpart(name)
        assert sum(weight.numel() for weight in network.parameters()) == parameters
