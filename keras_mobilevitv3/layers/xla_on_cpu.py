"""Tells whether XLA compiles for a CPU, where some operations are faster in another form."""

import keras

from keras_mobilevitv3.array_types import Tensor


def compiles_for_cpu(tensor: Tensor) -> bool:
    """Returns whether the operations on a tensor are traced for XLA and the default device is a CPU.

    Args:
        tensor: Tensor of the backend, inside a layer's `call`.

    Returns:
        Boolean. `False` if the function cannot tell, in eager mode outside of transformations such as `jax.grad`, on a
        machine with a GPU or TPU, and for the symbolic sizes of programs that JAX exports.
    """
    match keras.backend.backend():
        case "jax":
            return _jax_compiles_for_cpu(tensor)
        case "tensorflow":
            return _tensorflow_compiles_for_cpu()
    return False


def _jax_compiles_for_cpu(tensor):
    import jax

    has_known_sizes = all(isinstance(side, int) for side in tensor.shape)
    return isinstance(tensor, jax.core.Tracer) and has_known_sizes and jax.default_backend() == "cpu"


def _tensorflow_compiles_for_cpu():
    import tensorflow as tf

    try:
        from tensorflow.python.ops.control_flow_util import GraphOrParentsInXlaContext
    except ImportError:  # not part of TensorFlow's public interface
        return False
    if tf.executing_eagerly() or not GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph()):
        return False
    return all(device.device_type == "CPU" for device in tf.config.list_logical_devices())
