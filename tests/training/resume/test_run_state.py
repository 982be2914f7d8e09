import keras
import numpy as np
import pytest

from keras_mobilevitv3.weights.errors import CheckpointError
from tests.reference_arrays import uniform
from training.callbacks import ExponentialMovingAverage
from training.distribution import Strategy
from training.optimizers import AdamW
from training.resume.run_state import RunState

INPUTS = uniform("run_state/inputs", (16, 4), -1, 1)
TARGETS = uniform("run_state/targets", (16, 2), -1, 1)


class Worker(Strategy):
    """The second of two processes that have metrics of their own."""

    is_chief = False
    num_processes = 2
    metrics_are_local = True

    def __init__(self):
        self.summed = None

    def sum_over_processes(self, arrays):
        self.summed = [2 * array for array in arrays]
        return self.summed


def trained(strategy, steps=2, units=3):
    """A model after some steps, its averages and its state."""
    inputs = keras.Input((4,))
    outputs = keras.layers.Dense(2, name="out")(keras.layers.Dense(units, name="hidden")(inputs))
    model = keras.Model(inputs, outputs)
    model.compile(AdamW(1e-2), "mse", metrics=["mae"], jit_compile=keras.backend.backend() == "jax")
    model.optimizer.build(model.trainable_variables)
    average = ExponentialMovingAverage(0.1)
    average.set_model(model)
    average.start()
    for _ in range(steps):
        model.train_on_batch(INPUTS, TARGETS)
        average.update()
    return model, average, RunState(model, average, strategy)


def test_a_new_model_goes_on():
    model, average, state = trained(Strategy())
    arrays = state.arrays()
    other, other_average, other_state = trained(Strategy(), steps=1)
    other_state.restore(arrays)
    for found, expected in zip(other.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)
    for found, expected in zip(other.optimizer.variables, model.optimizer.variables, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(found), keras.ops.convert_to_numpy(expected))
    for found, expected in zip(other_average.get_state().values(), average.get_state().values(), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_metrics_add_up():
    _, _, state = trained(Strategy())
    arrays = state.arrays()
    other, _, other_state = trained(Strategy(), steps=1)
    expected = [2 * arrays[f"metric/{number}"] for number in range(len(other.metrics_variables))]
    for variable, value in zip(other.metrics_variables, expected):
        variable.assign(value / 2)
    other_state.add_metrics(arrays)
    for variable, value in zip(other.metrics_variables, expected):
        np.testing.assert_allclose(keras.ops.convert_to_numpy(variable), value, rtol=1e-6)


def test_a_process_that_writes_nothing_reads_metrics_only():
    """All processes sum up their metrics; the rest is the same in each, and copied where it is written."""
    strategy = Worker()
    _, _, state = trained(strategy)
    assert state.arrays() == {}
    assert len(strategy.summed) == len(state.model.metrics_variables) > 2
    strategy.reads_together = True  # as with JAX in several processes
    assert {"model/0", "optimizer/0", "metric/0"} <= state.arrays().keys()
    strategy.reads_together, strategy.is_chief = False, True
    arrays = state.arrays()
    np.testing.assert_array_equal(arrays["metric/0"], strategy.summed[0])


def test_another_run():
    _, _, state = trained(Strategy(), steps=0)
    _, _, other = trained(Strategy(), steps=0, units=5)
    with pytest.raises(CheckpointError, match="of another run.*of another shape: model/0, model/1"):
        other.restore(state.arrays())
    arrays = {name: value for name, value in state.arrays().items() if name != "optimizer/3"}
    with pytest.raises(CheckpointError, match="Missing: optimizer/3; unknown: none"):
        state.restore(arrays)
