"""Strategies of `tf.distribute`, one process with several devices."""

import tensorflow as tf

from training.distribution.strategy import Strategy


class TensorFlowStrategy(Strategy):
    """A run by a strategy of `tf.distribute`, whose replicas take equal parts of each batch.

    Args:
        strategy: `tf.distribute.Strategy`.
        jit_compile: What to pass to `compile`.
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
    """All GPUs, or virtual devices of the CPU."""
    if cpu_devices is None:
        return TensorFlowStrategy(tf.distribute.MirroredStrategy(), jit_compile=False)
    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * cpu_devices)
    devices = [f"CPU:{number}" for number in range(cpu_devices)]
    return TensorFlowStrategy(tf.distribute.MirroredStrategy(devices), jit_compile=False)


def tpu():
    """The TPU that this machine has, or that the variable `TPU_NAME` names. Not run by us."""
    resolver = tf.distribute.cluster_resolver.TPUClusterResolver()
    tf.config.experimental_connect_to_cluster(resolver)
    tf.tpu.experimental.initialize_tpu_system(resolver)
    return TensorFlowStrategy(tf.distribute.TPUStrategy(resolver), jit_compile=False)  # a TPU compiles by itself
