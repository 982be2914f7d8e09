"""Trains Keras models with PyTorch's DistributedDataParallel in `fit`."""

import keras
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel


def distribute_model(model):
    """Makes a Keras model train over all processes. The model keeps its class and its methods.

    Args:
        model: Keras model. A compiled model must be compiled again.

    Returns:
        The same model, an instance of its class and of `DistributedModel`.
    """
    base = type(model)
    # The new class has the name of the class, because configurations contain this name.
    names = {"__module__": base.__module__, "__qualname__": base.__qualname__, "__doc__": base.__doc__}
    # `object.__setattr__` avoids the attribute tracking of Keras and PyTorch.
    object.__setattr__(model, "__class__", type(base.__name__, (DistributedModel, base), names))
    object.__setattr__(model, "_parallel", None)
    object.__setattr__(model, "_inside", False)
    return model


class DistributedModel:
    """A base class that `distribute_model` puts before the class of a model. `fit` averages gradients over processes.

    After each step, the moving statistics of batch normalization are averaged too, as `tf.distribute` does. Metrics are
    those of all processes. The variables of a metric must be sums, as in means (the loss, accuracies), counts and
    confusion matrices. All processes must have the same number of batches. Values that a `train_step` computes outside
    the call and the loss of the model are not averaged.
    """

    def compile(self, *args, **kwargs):
        super().compile(*args, **kwargs)
        object.__setattr__(self, "_parallel", None)  # made again, because the trainable variables may have changed

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
            object.__setattr__(self, "_parallel", DistributedDataParallel(self))  # refers to this model
        metrics = super().train_step(data)
        self._average_statistics()
        return metrics

    def get_metrics_result(self):
        """Returns the metrics of all processes. Sums the variables over the processes while reading them."""
        variables = [variable.value.data for variable in self.metrics_variables]
        if not variables or variables[0].device.type == "meta":  # Keras only infers shapes
            return super().get_metrics_result()
        local = torch.cat([values.flatten().double() for values in variables])  # float64 is exact for counts too
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
    """Copies consecutive parts of a flat tensor to several tensors."""
    for tensor, values in zip(tensors, flat.split([tensor.numel() for tensor in tensors])):
        tensor.copy_(values.view_as(tensor))
