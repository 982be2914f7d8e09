"""All that a run needs to go on, as NumPy arrays."""

from keras import ops

from training.checkpoints import CheckpointError
from training.random_state import random_state, seed_random_state, set_random_state


class RunState:
    """The state of a model in training, its optimizer and its averages, to take out and to put back.

    Weights, random numbers, optimizer and moving averages are put back to the bit. What metrics have summed up in an
    epoch is there too, for the epoch's results to be those of all its steps.

    Args:
        model: Compiled Keras model with a built optimizer.
        average: `ExponentialMovingAverage` that has the model, or `None`.
        strategy: `Strategy`.
        seed: Integer, of the run. Defaults to `0`.
    """

    def __init__(self, model, average, strategy, seed=0):
        self.seed = seed
        self.model = model
        self.average = average
        self.strategy = strategy

    def arrays(self):
        """Dict from name to array; all processes must call it, and those that write nothing may get an empty one."""
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

    def restore(self, arrays):
        """Puts back all but the backend's random numbers and the metrics.

        Raises:
            CheckpointError: If the arrays are not those of this model and optimizer.
        """
        variables = self._variables()
        found = {name: value for name, value in arrays.items() if name.startswith(("model/", "optimizer/"))}
        wrong = [name for name in set(variables) & set(found) if found[name].shape != tuple(variables[name].shape)]
        if set(variables) != set(found) or wrong:
            raise CheckpointError(
                "The checkpoint is of another run: go on with the recipe it was started with, or take another "
                f"`workdir`. Missing: {_some(set(variables) - set(found))}; "
                f"unknown: {_some(set(found) - set(variables))}; of another shape: {_some(wrong)}"
            )
        for name, variable in variables.items():
            variable.assign(found[name])
        if self.average is not None:
            self.average.set_state(_part(arrays, "average/"))

    def begin_steps(self, epoch, arrays=None):
        """Sets the backend's random numbers just before the first step of a `fit`, which draws some to begin.

        Args:
            epoch: Integer, from 0, which gives an epoch its numbers.
            arrays: Dict of a checkpoint in the middle of the epoch, or `None`. Defaults to `None`.
        """
        if arrays is None:
            seed_random_state(self.seed, epoch, self.strategy.replicas.start)
        else:
            set_random_state(_part(arrays, "random/"))

    def add_metrics(self, arrays):
        """Adds what the metrics had summed up to what they have now; they must have seen a batch."""
        for number, variable in enumerate(self.model.metrics_variables):
            if self.strategy.is_chief or not self.strategy.metrics_are_local:
                variable.assign(ops.convert_to_numpy(variable) + arrays[f"metric/{number}"])

    def _variables(self):
        metrics = {id(variable) for variable in self.model.metrics_variables}
        model = [variable for variable in self.model.variables if id(variable) not in metrics]
        # Numbered, for seeds and optimizers have paths that depend on what else the process has made.
        variables = {f"model/{number}": variable for number, variable in enumerate(model)}
        return variables | {f"optimizer/{number}": each for number, each in enumerate(self.model.optimizer.variables)}


def _part(arrays, prefix):
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}


def _some(names):
    return ", ".join(sorted(names)[:5]) or "none"
