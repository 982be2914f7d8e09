"""Data parallelism of JAX, on one or many hosts."""

import os

import jax
import keras
import numpy as np

from training.distribution.strategy import Strategy


class JAXStrategy(Strategy):
    """A run on all devices of all processes with `keras.distribution.DataParallel`.

    The compiled step sees the whole batch, so batch statistics are computed over all replicas.

    Args:
        cpu_devices: Integer, number of virtual devices to divide the CPU into, or `None`. Defaults to `None`.
    """

    def __init__(self, cpu_devices=None):
        if cpu_devices is not None:
            jax.config.update("jax_platforms", "cpu")
            jax.config.update("jax_num_cpu_devices", cpu_devices)
        if "KERAS_DISTRIBUTION_JOB_ADDRESSES" in os.environ:
            keras.distribution.initialize()
        # Each process prepares its own part of a batch.
        self.distribution = keras.distribution.DataParallel(devices=None, auto_shard_dataset=False)
        self.num_processes = jax.process_count()
        self.num_replicas = jax.device_count()
        local = jax.local_device_count()
        self.replicas = range(jax.process_index() * local, (jax.process_index() + 1) * local)
        self.is_chief = jax.process_index() == 0
        self.reads_together = self.num_processes > 1

    def scope(self):
        return self.distribution.scope()

    def any(self, flag):
        if self.num_processes == 1:
            return bool(flag)
        from jax.experimental.multihost_utils import process_allgather

        return bool(process_allgather(np.array(bool(flag))).any())

    def close(self):
        if self.num_processes > 1:
            jax.distributed.shutdown()
