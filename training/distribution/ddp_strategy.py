"""The strategy of PyTorch's DistributedDataParallel, with one process for each device."""

import os

import numpy as np
import torch
import torch.distributed as dist
from torch.distributed.nn.functional import all_reduce

from training.distribution.distributed_model import distribute_model
from training.distribution.strategy import Strategy


class DDPStrategy(Strategy):
    """A run with one process for each device. `torchrun` starts the processes. Uses NCCL on GPUs and gloo on CPUs.

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
        return distribute_model(model)

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
