import keras
import numpy as np

from keras_mobilevitv3.array_types import Tensor


def numpy_generator(seed: int | keras.random.SeedGenerator) -> np.random.Generator:
    """Returns a NumPy random generator for the seed of a Keras initializer.

    Args:
        seed: Integer or `keras.random.SeedGenerator`. The call advances a generator by one.

    Returns:
        `numpy.random.Generator`. Equal seeds give equal generators on every backend.
    """
    if isinstance(seed, keras.random.SeedGenerator):
        state = keras.ops.convert_to_numpy(seed.next())
        seed = [int(word) & 0xFFFFFFFF for word in state]  # PyTorch stores the words as signed integers
    return np.random.default_rng(seed)


def as_tensor(values: np.ndarray, dtype: str | None) -> Tensor:
    """Converts an array to a tensor of the backend. On JAX the conversion compiles nothing.

    Args:
        values: NumPy array.
        dtype: Name of a dtype, or `None` for `keras.config.floatx()`.
    """
    dtype = keras.backend.standardize_dtype(dtype)
    if dtype != "float64" and values.dtype == np.float64:
        values = values.astype("float32")  # all backends round float32 to half precision equally
    return keras.ops.convert_to_tensor(values, dtype=dtype)
