"""Converts the state of a run to NumPy arrays for checkpoints, and back."""

import keras
import numpy as np
from keras import ops

from keras_mobilevitv3.weights.errors import CheckpointError
from training.resume.random_state import random_state, seed_random_state, set_random_state


class RunState:
    """Reads the state of a model in training as arrays, and restores it.

    The state has the weights, random numbers, the optimizer and the moving averages. All are restored bit by bit. The
    state also has the sums of the metrics, so the metrics of a resumed epoch cover all steps of the epoch.

    Args:
        model: Compiled Keras model with a built optimizer.
        average: `ExponentialMovingAverage` of the model, or `None`.
        strategy: `Strategy`.
        seed: Integer, the seed of the run. Defaults to `0`.
    """

    def __init__(self, model: keras.Model, average, strategy, seed: int = 0):
        self.seed = seed
        self.model = model
        self.average = average
        self.strategy = strategy

    def arrays(self) -> dict[str, np.ndarray]:
        """Returns a dict from name to array. All processes must call this method.

        The dict is empty in a process that neither writes checkpoints nor reads variables together with the others.
        """
        metrics = self.strategy.sum_over_processes(
            [ops.convert_to_numpy(each) for each in self.model.metrics_variables]
        )
        if not (self.strategy.is_chief or self.strategy.reads_together):
            return {}
        arrays = {name: ops.convert_to_numpy(variable).copy() for name, variable in self._variables().items()}
        if self.average is not None:
            arrays |= {f"average/{path}": value for path, value in self.average.get_state().items()}
        arrays |= {f"random/{name}": value for name, value in random_state().items()}
        return arrays | {f"metric/{number}": value for number, value in enumerate(metrics)}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Restores everything except the backend's random numbers and the metrics.

        Args:
            arrays: Dict of a checkpoint.

        Raises:
            CheckpointError: If the arrays do not fit this model and optimizer.
        """
        variables = self._variables()
        found = {name: value for name, value in arrays.items() if name.startswith(("model/", "optimizer/"))}
        wrong = [name for name in set(variables) & set(found) if found[name].shape != tuple(variables[name].shape)]
        if set(variables) != set(found) or wrong:
            raise CheckpointError(
                "The checkpoint is of another run: use the recipe with which the run was started, or another "
                f"`workdir`. Missing: {_some(set(variables) - set(found))}; "
                f"unknown: {_some(set(found) - set(variables))}; of another shape: {_some(wrong)}"
            )
        for name, variable in variables.items():
            variable.assign(found[name])
        if self.average is not None:
            self.average.set_state(_part(arrays, "average/"))

    def begin_steps(self, epoch: int, arrays: dict[str, np.ndarray] | None = None) -> None:
        """Sets the backend's random numbers. Call it right before the first step: `fit` draws random numbers earlier.

        Args:
            epoch: Integer, from 0. Each epoch has its own random numbers.
            arrays: Dict of a checkpoint in the middle of the epoch, or `None`. Defaults to `None`.
        """
        if arrays is None:
            seed_random_state(self.seed, epoch, self.strategy.replicas.start)
        else:
            set_random_state(_part(arrays, "random/"))

    def add_metrics(self, arrays: dict[str, np.ndarray]) -> None:
        """Adds the sums of the metrics in a checkpoint to the current sums. The metrics must have seen a batch.

        Args:
            arrays: Dict of a checkpoint.
        """
        for number, variable in enumerate(self.model.metrics_variables):
            if self.strategy.is_chief or not self.strategy.metrics_are_local:
                variable.assign(ops.convert_to_numpy(variable) + arrays[f"metric/{number}"])

    def _variables(self):
        metrics = {id(variable) for variable in self.model.metrics_variables}
        model = [variable for variable in self.model.variables if id(variable) not in metrics]
        # Numbers instead of paths: the paths of seeds and optimizers depend on objects made earlier in the process.
        variables = {f"model/{number}": variable for number, variable in enumerate(model)}
        return variables | {f"optimizer/{number}": each for number, each in enumerate(self.model.optimizer.variables)}


def _part(arrays, prefix):
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}


def _some(names):
    return ", ".join(sorted(names)[:5]) or "none"
