"""PyTorch's DistributedDataParallel, one process for each device."""

import os

import keras
import numpy as np
import torch
import torch.distributed as dist
from torch.distributed.nn.functional import all_reduce
from torch.nn.parallel import DistributedDataParallel

from training.distribution.strategy import Strategy


class DDPStrategy(Strategy):
    """A run by one process for each device, as `torchrun` starts them: NCCL on GPUs, gloo on CPUs.

    Raises:
        ValueError: If the process was not started by `torchrun`.
    """

    metrics_are_local = True

    def __init__(self):
        if not {"RANK", "WORLD_SIZE", "LOCAL_RANK"} <= set(os.environ):
            raise ValueError("`strategy='ddp'` must be started by `torchrun -m training...`. Received: no RANK")
        on_gpu = torch.cuda.is_available()
        if on_gpu:
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        dist.init_process_group("nccl" if on_gpu else "gloo")
        self.device = "cuda" if on_gpu else "cpu"
        self.num_processes = self.num_replicas = dist.get_world_size()
        self.replicas = range(dist.get_rank(), dist.get_rank() + 1)
        self.is_chief = dist.get_rank() == 0

    def distribute(self, model):
        return DistributedModel(model.inputs, model.outputs, name=model.name)

    def sum_over_replicas(self, values):
        return all_reduce(values)

    def sum_over_processes(self, arrays):
        return [self._reduce(torch.as_tensor(np.array(array))).cpu().numpy() for array in arrays]

    def any(self, flag):
        return bool(self._reduce(torch.tensor(int(flag))))

    def _reduce(self, values):
        values = values.to(self.device)
        dist.all_reduce(values)
        return values

    def close(self):
        dist.destroy_process_group()


class DistributedModel(keras.Model):
    """A functional model whose `fit` averages gradients over processes, and whose metrics are those of all of them.

    After each step the averages of batch normalization are made equal too, by their mean, as `tf.distribute` does.
    The metrics must be means, as the loss and accuracies are. Each process must have as many batches as the others.
    """

    def compile(self, *args, **kwargs):
        super().compile(*args, **kwargs)
        # Out of the attributes that Keras and PyTorch track: it holds this model.
        object.__setattr__(self, "_parallel", None)

    def __call__(self, *args, **kwargs):
        parallel = self.__dict__.get("_parallel")
        if parallel is None or not kwargs.get("training") or not torch.is_grad_enabled() or self._inside:
            return super().__call__(*args, **kwargs)
        object.__setattr__(self, "_inside", True)
        try:
            return parallel(*args, **kwargs)
        finally:
            object.__setattr__(self, "_inside", False)

    def train_step(self, data):
        if self._parallel is None:
            object.__setattr__(self, "_inside", False)
            object.__setattr__(self, "_parallel", DistributedDataParallel(self))
        metrics = super().train_step(data)
        self._average_statistics()
        return metrics

    def get_metrics_result(self):
        """The metrics of all processes: sums and counts, which add up, summed for the time of reading them."""
        variables = [variable.value.data for variable in self.metrics_variables]
        if not variables or variables[0].device.type == "meta":  # Keras looks at shapes only
            return super().get_metrics_result()
        local = torch.stack([values.float() for values in variables])
        total = local.clone()
        dist.all_reduce(total)
        for values, summed in zip(variables, total):
            values.copy_(summed)
        metrics = super().get_metrics_result()
        for values, own in zip(variables, local):
            values.copy_(own)
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
            flat /= dist.get_world_size()
            for values, average in zip(statistics, flat.split([values.numel() for values in statistics])):
                values.copy_(average.view_as(values))
