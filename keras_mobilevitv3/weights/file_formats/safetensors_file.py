"""Reads and writes `.safetensors` files through the `safetensors` package."""

from pathlib import Path
from typing import BinaryIO

import numpy as np
from safetensors import SafetensorError, deserialize
from safetensors.numpy import save

from keras_mobilevitv3.weights.errors import CheckpointError
from keras_mobilevitv3.weights.file_formats.raw_array import decode

CODES = {
    "F64": "f8",
    "F32": "f4",
    "F16": "f2",
    "BF16": "bf16",
    "I64": "i8",
    "I32": "i4",
    "I16": "i2",
    "I8": "i1",
    "U64": "u8",
    "U32": "u4",
    "U16": "u2",
    "U8": "u1",
    "BOOL": "b1",
}
MAX_CAUSE_LENGTH = 200  # characters; safetensors repeats tensor names of the file, which may be of any length


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """Reads a `.safetensors` file.

    Args:
        path: `pathlib.Path` of an existing file.

    Returns:
        Dict from tensor names to contiguous arrays, in the order of the names. bfloat16 tensors become float32 arrays.

    Raises:
        CheckpointError: If the file is damaged, or a tensor has a dtype or shape that NumPy lacks.
    """
    try:
        # `safetensors.numpy` has no bfloat16, so the bytes of each tensor are decoded here.
        tensors = deserialize(path.read_bytes())
    except SafetensorError as error:
        cause = str(error)[:MAX_CAUSE_LENGTH]
        raise CheckpointError(f"expected a whole safetensors file with a valid header. Received: {cause}") from error
    # `deserialize` returns the tensors in an order of its own, which changes from call to call.
    return {name: _to_array(name, tensor) for name, tensor in sorted(tensors, key=lambda item: item[0])}


def write_safetensors(arrays: dict[str, np.ndarray], file: BinaryIO) -> None:
    """Writes arrays to an open file.

    Args:
        arrays: Dict from tensor names to C-contiguous arrays.
        file: File opened for writing bytes.
    """
    file.write(save(arrays))


def _to_array(name, tensor):
    if tensor["dtype"] not in CODES:
        raise CheckpointError(f"the dtype of `{name}` must be one of {sorted(CODES)}. Received: {tensor['dtype']!r}")
    try:
        return decode(tensor["data"], CODES[tensor["dtype"]], tensor["shape"])
    except CheckpointError as error:
        raise CheckpointError(f"`{name}`: {error}") from error
