"""The device that the backend of Keras computes on."""

from functools import partial

import keras
import tensorflow as tf

BACKEND = keras.backend.backend()


def accelerated():
    """Boolean, whether the backend computes on something else than the CPU."""
    if BACKEND == "tensorflow":
        return bool(tf.config.list_physical_devices("GPU"))
    if BACKEND == "jax":
        import jax

        return jax.default_backend() != "cpu"
    import torch

    return torch.accelerator.is_available()


def synchronize():
    """Waits until the backend has done all that was asked of it."""
    if BACKEND == "tensorflow":
        tf.test.experimental.sync_devices()
    elif BACKEND == "jax":
        import jax

        jax.block_until_ready(jax.live_arrays())
    elif accelerated():
        import torch

        torch.accelerator.synchronize()


def waiting(calls, wait):
    """The calls, each returning when its work is done."""

    def call_and_wait(call):
        call()
        wait()

    return {name: partial(call_and_wait, call) for name, call in calls.items()}
