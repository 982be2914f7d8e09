"""A model that PyTorch's DistributedDataParallel trains through Keras' `fit`."""

import keras
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel


def distribute_model(model):
    """Lets a Keras model train over all processes; the model stays what it is, its class and its methods included.

    Args:
        model: Keras model; if it was compiled, compile it again.

    Returns:
        The same model, an instance of its class and of `DistributedModel`.
    """
    base = type(model)
    # Under the name of its class, for configurations to name that.
    names = {"__module__": base.__module__, "__qualname__": base.__qualname__, "__doc__": base.__doc__}
    # Past the attributes that Keras and PyTorch track.
    object.__setattr__(model, "__class__", type(base.__name__, (DistributedModel, base), names))
    object.__setattr__(model, "_parallel", None)
    object.__setattr__(model, "_inside", False)
    return model


class DistributedModel:
    """Put before the class of a model by `distribute_model`: `fit` averages gradients over processes.

    After each step the averages of batch normalization are made equal too, by their mean, as `tf.distribute` does. The
    metrics are those of all processes; the variables of each must be sums, which add up: those of means as the loss and
    accuracies, counts, confusion matrices. Each process must have as many batches as the others. What a `train_step` of
    the model computes outside of its call and its loss is not averaged.
    """

    def compile(self, *args, **kwargs):
        super().compile(*args, **kwargs)
        object.__setattr__(self, "_parallel", None)  # made anew, for what is trainable may have changed

    def __call__(self, *args, **kwargs):
        if self._parallel is None or self._inside or not kwargs.get("training") or not torch.is_grad_enabled():
            return super().__call__(*args, **kwargs)
        object.__setattr__(self, "_inside", True)
        try:
            return self._parallel(*args, **kwargs)
        finally:
            object.__setattr__(self, "_inside", False)

    def train_step(self, data):
        if self._parallel is None:
            object.__setattr__(self, "_parallel", DistributedDataParallel(self))  # holds this model
        metrics = super().train_step(data)
        self._average_statistics()
        return metrics

    def get_metrics_result(self):
        """The metrics of all processes: their sums, summed over the processes for the time of reading them."""
        variables = [variable.value.data for variable in self.metrics_variables]
        if not variables or variables[0].device.type == "meta":  # Keras looks at shapes only
            return super().get_metrics_result()
        local = torch.cat([values.flatten().double() for values in variables])  # exact for counts too
        total = local.clone()
        dist.all_reduce(total)
        _write(variables, total)
        metrics = super().get_metrics_result()
        _write(variables, local)
        return metrics

    def _average_statistics(self):
        statistics = [
            variable.value.data
            for variable in self.non_trainable_variables
            if keras.backend.is_float_dtype(variable.dtype)
        ]
        if statistics:
            flat = torch.cat([values.flatten() for values in statistics])
            dist.all_reduce(flat)
            _write(statistics, flat / dist.get_world_size())


def _write(tensors, flat):
    """Writes a flat tensor over several, one after the other."""
    for tensor, values in zip(tensors, flat.split([tensor.numel() for tensor in tensors])):
        tensor.copy_(values.view_as(tensor))
