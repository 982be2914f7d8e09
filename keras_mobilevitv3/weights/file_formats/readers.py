"""Reads a checkpoint of any supported format into NumPy arrays, without the framework that wrote it."""

import errno
import os
from pathlib import Path

import numpy as np

from keras_mobilevitv3.weights.errors import CheckpointError
from keras_mobilevitv3.weights.file_formats.paddle_pickle import read_paddle_pickle
from keras_mobilevitv3.weights.file_formats.safetensors_file import read_safetensors
from keras_mobilevitv3.weights.file_formats.torch_zip import read_torch_zip

READERS = {
    ".pt": read_torch_zip,
    ".pth": read_torch_zip,
    ".pdparams": read_paddle_pickle,
    ".safetensors": read_safetensors,
}
DATA_PARALLEL_PREFIX = "module."
BATCH_COUNTER = "num_batches_tracked"


def read_state_dict(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Reads a checkpoint. Runs nothing in the file, and takes at most a few times the memory of the file.

    Args:
        path: String or `pathlib.Path`, a file of `torch.save` (`.pt`, `.pth`), PaddlePaddle (`.pdparams`) or
            safetensors (`.safetensors`).

    Returns:
        Dict from parameter names to contiguous arrays in the layout of the file, without the batch counters of
        batch normalisation and without a `module.` before every name.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If no supported format has the suffix.
        CheckpointError: If the file is damaged, hostile, or of another format.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in READERS:
        raise ValueError(f"A checkpoint's suffix must be one of {', '.join(READERS)}. Received: path={str(path)!r}")
    if not path.is_file():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    try:
        return _clean_names(READERS[suffix](path))
    except CheckpointError as error:
        raise CheckpointError(f"Cannot read the checkpoint `{path}`: {error}") from error


def _clean_names(arrays):
    """Drops the batch counters, and the prefix that data-parallel training puts before every name."""
    arrays = {name: array for name, array in arrays.items() if name.split(".")[-1] != BATCH_COUNTER}
    if not all(name.startswith(DATA_PARALLEL_PREFIX) for name in arrays):
        return arrays
    return {name.removeprefix(DATA_PARALLEL_PREFIX): array for name, array in arrays.items()}
