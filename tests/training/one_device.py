import keras

from training.distribution import Strategy


class OneDevice(Strategy):
    """One device; on TensorFlow, XLA would compile a step for longer than the few steps of a test take without it."""

    jit_compile = keras.backend.backend() == "jax"
