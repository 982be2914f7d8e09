"""That `latency.py` compares what it says and that all calls give the same numbers; speed is not tested."""

import importlib
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest

import keras_mobilevitv3
from tests.check_layer import fill_weights
from tests.tiny_networks import tiny_classifier

pytestmark = pytest.mark.once

BENCHMARKS = Path(__file__).parent.parent.parent / "benchmarks"


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return lambda name: importlib.import_module(name)


def test_sides_take_turns(script):
    order = []

    def side(name, seconds):
        return SimpleNamespace(calls=["a", "b"], seconds=lambda call: order.append((name, call)) or [seconds, seconds])

    times = script("latency").measure({"one": side("one", 1.0), "two": side("two", 2.0)}, rounds=2)
    assert order == [("one", "a"), ("one", "b"), ("two", "a"), ("two", "b")] * 3
    assert times["two", "b"] == [2.0] * 4  # without the first round


def test_the_table(script, monkeypatch, capsys):
    latency, tasks = script("latency"), []

    class Side:
        def __init__(self, name, **task):
            tasks.append((name, task["batch"], task["threads"]))
            self.process = SimpleNamespace(shutdown=lambda: tasks.append(f"end of {name}"))
            self.calls = ["eager"]
            self.seconds = lambda call: [0.01, 0.02, 0.03] if name == "transformers" else [0.004, 0.005, 0.006]

    monkeypatch.setattr(latency, "Side", Side)
    monkeypatch.setattr(latency, "machine", lambda: "a machine")
    latency.main(["mobilevitv3_xxs", "--batches", "2", "--threads", "3", "--sides", "torch", "transformers"])
    assert tasks == [("torch", 2, 3), ("transformers", 2, 3), "end of transformers", "end of torch"]
    output = capsys.readouterr().out
    assert "mobilevitv3_xxs, batches of 2 of 256x256, threads: 3" in output
    assert "| torch | eager | 5.00 | 4.00 - 6.00 | 4.00 |" in output
    assert "| transformers | eager | 20.00 | 10.00 - 30.00 | 1.00 |" in output


def test_no_ratio_without_its_counterpart(script):
    assert script("latency").table({("jax", "eager"): [1.0]})[-1] == "| jax | eager | 1000.00 | 1000.00 - 1000.00 | - |"


def test_calls_of_keras_give_the_same_numbers(script, monkeypatch):
    side = script("latency_side")
    model = tiny_classifier("separable", input_shape=(64, 64, 3))
    fill_weights(model)
    monkeypatch.setattr(side, "classifier", lambda network, size: model)
    # PyTorch compiles a network for a minute.
    monkeypatch.setattr(keras_mobilevitv3, "compile_for_inference", lambda model: partial(model.predict, verbose=0))
    images = np.random.default_rng(0).uniform(0, 255, (2, 64, 64, 3)).astype("float32")
    outputs = {name: call() for name, call in side.keras_calls("tiny", images).items()}
    assert set(outputs) == {"eager", "eager, fused", "compiled", "compiled, fused", "compile_for_inference"}
    expected = keras.ops.convert_to_numpy(model(images))
    for output in outputs.values():
        np.testing.assert_allclose(output, expected, atol=1e-5 * np.abs(expected).max())
