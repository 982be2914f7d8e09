"""Strategies of `tf.distribute`, with several devices in one process."""

import tensorflow as tf

from training.distribution.strategy import Strategy


class TensorFlowStrategy(Strategy):
    """A run with a strategy of `tf.distribute`. Its replicas take equal parts of each batch.

    Args:
        strategy: `tf.distribute.Strategy`.
        jit_compile: Boolean or `"auto"`, the argument of `compile`.
    """

    def __init__(self, strategy, jit_compile):
        self.strategy = strategy
        self.num_replicas = strategy.num_replicas_in_sync
        self.replicas = range(self.num_replicas)
        self.jit_compile = jit_compile

    def scope(self):
        return self.strategy.scope()

    def sum_over_replicas(self, values):
        context = tf.distribute.get_replica_context()
        return values if context is None else context.all_reduce(tf.distribute.ReduceOp.SUM, values)


def mirrored(cpu_devices=None):
    """Returns the strategy for all GPUs, or for virtual devices of the CPU."""
    if cpu_devices is None:
        return TensorFlowStrategy(tf.distribute.MirroredStrategy(), jit_compile=False)
    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * cpu_devices)
    devices = [f"CPU:{number}" for number in range(cpu_devices)]
    return TensorFlowStrategy(tf.distribute.MirroredStrategy(devices), jit_compile=False)


def tpu():
    """Returns the strategy for the TPU of this machine, or for the TPU that `TPU_NAME` names. Never run here."""
    resolver = tf.distribute.cluster_resolver.TPUClusterResolver()
    tf.config.experimental_connect_to_cluster(resolver)
    tf.tpu.experimental.initialize_tpu_system(resolver)
    return TensorFlowStrategy(tf.distribute.TPUStrategy(resolver), jit_compile=False)  # TPUs always compile
