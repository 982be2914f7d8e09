import keras
import numpy as np

from keras_mobilevitv3.initializers.numpy_draws import as_tensor


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class Zeros(keras.initializers.Zeros):
    """Zeros like `keras.initializers.Zeros`, created by NumPy."""

    def __call__(self, shape, dtype=None):
        return as_tensor(np.zeros(shape, "float32"), dtype)


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class Ones(keras.initializers.Ones):
    """Ones like `keras.initializers.Ones`, created by NumPy."""

    def __call__(self, shape, dtype=None):
        return as_tensor(np.ones(shape, "float32"), dtype)
