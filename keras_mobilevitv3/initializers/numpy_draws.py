import keras
import numpy as np


def numpy_generator(seed):
    """Returns a NumPy random generator for the seed of a Keras initializer.

    Args:
        seed: Integer, or `keras.random.SeedGenerator`, which advances by one.

    Returns:
        `numpy.random.Generator`. Equal seeds give equal generators on every backend.
    """
    if isinstance(seed, keras.random.SeedGenerator):
        state = keras.ops.convert_to_numpy(seed.next())
        seed = [int(word) & 0xFFFFFFFF for word in state]  # PyTorch keeps them in signed integers
    return np.random.default_rng(seed)


def as_tensor(values, dtype):
    """Returns an array as a tensor of the backend; JAX compiles nothing for it.

    Args:
        values: NumPy array.
        dtype: Name of a dtype, or `None` for `keras.config.floatx()`.
    """
    dtype = keras.backend.standardize_dtype(dtype)
    if dtype != "float64" and values.dtype == np.float64:
        values = values.astype("float32")  # each backend rounds float32 to half precision alike
    return keras.ops.convert_to_tensor(values, dtype=dtype)
