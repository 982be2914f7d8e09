"""Updates the moving averages of all weights in one call, in the fastest way of each backend."""

from functools import partial

import keras
from keras import ops


def fused_average(variables, momentum):
    """Returns a function that updates averages with the current values of variables.

    Args:
        variables: List of Keras variables.
        momentum: Float, share of the current value in the new average.

    Returns:
        Function of the list of average tensors. It returns the list of new averages. The old tensors must not be used
        again.
    """
    return {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}[keras.backend.backend()](variables, momentum)


def _step(averages, values, momentum):
    return [average + momentum * (ops.cast(value, average.dtype) - average) for average, value in zip(averages, values)]


def _tensorflow(variables, momentum):
    import tensorflow as tf

    return tf.function(lambda averages: _step(averages, variables, momentum))


def _jax(variables, momentum):
    import jax

    step = jax.jit(partial(_step, momentum=momentum), donate_argnums=0)
    return lambda averages: step(averages, [variable.value for variable in variables])


def _torch(variables, momentum):
    from torch.optim.swa_utils import get_ema_multi_avg_fn

    step = get_ema_multi_avg_fn(1 - momentum)

    def average_in_place(averages):
        values = [variable.value.to(average.dtype) for variable, average in zip(variables, averages)]
        step(averages, values, None)
        return averages

    return average_in_place
