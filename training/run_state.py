"""All that a run needs to go on, as NumPy arrays."""

from keras import ops

from training.checkpoints import CheckpointError


class RunState:
    """The state of a model in training, its optimizer and its averages, to take out and to put back.

    Weights, seeds of dropout, optimizer and moving averages are put back to the bit. What metrics have summed up in an
    epoch is there too, for the epoch's results to be those of all its steps.

    Args:
        model: Compiled Keras model with a built optimizer.
        average: `ExponentialMovingAverage` that has the model, or `None`.
        strategy: `Strategy`.
    """

    def __init__(self, model, average, strategy):
        self.model = model
        self.average = average
        self.strategy = strategy

    def arrays(self):
        """Dict from name to array; all processes must call it."""
        arrays = {name: ops.convert_to_numpy(variable).copy() for name, variable in self._variables().items()}
        if self.average is not None:
            arrays |= {f"average/{path}": value for path, value in self.average.get_state().items()}
        metrics = self.strategy.sum_over_processes(
            [ops.convert_to_numpy(each) for each in self.model.metrics_variables]
        )
        return arrays | {f"metric/{number}": value for number, value in enumerate(metrics)}

    def restore(self, arrays):
        """Puts back all but the metrics.

        Raises:
            CheckpointError: If the arrays are not those of this model and optimizer.
        """
        variables = self._variables()
        found = {name: value for name, value in arrays.items() if not name.startswith(("average/", "metric/"))}
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
            start = len("average/")
            averages = {name[start:]: value for name, value in arrays.items() if name.startswith("average/")}
            self.average.set_state(averages)

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


def _some(names):
    return ", ".join(sorted(names)[:5]) or "none"
