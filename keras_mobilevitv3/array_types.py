"""Type aliases for the signatures of this package."""

import os
from typing import Any, TypeAlias

Tensor: TypeAlias = Any
"""A tensor of the backend, a Keras tensor, or a NumPy array."""

Model: TypeAlias = Any
"""A `keras.Model`. Keras has no type hints."""

Initializer: TypeAlias = Any
"""A `keras.initializers.Initializer`, its name, or its config."""

FilePath: TypeAlias = str | os.PathLike[str]
"""The path of a file or folder."""

Shape: TypeAlias = tuple[int | None, ...]
"""A shape. `None` means any size."""

ImageSize: TypeAlias = tuple[int, int]
"""Height and width in pixels."""
