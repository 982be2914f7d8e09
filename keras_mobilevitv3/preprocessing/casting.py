from types import ModuleType
from typing import Any

import numpy as np

from keras_mobilevitv3.array_types import Tensor


def cast(values: Any, dtype: str, ops: ModuleType) -> Tensor:
    """Returns values with another dtype: a NumPy array if `ops` is `numpy`, a tensor if it is `keras.ops`."""
    return np.asarray(values, dtype) if ops is np else ops.cast(values, dtype)
