"""Reads `.pdparams` files of PaddlePaddle, pickles of NumPy arrays, without PaddlePaddle and without `pickle`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keras_mobilevitv3.weights.errors import CheckpointError
from keras_mobilevitv3.weights.file_formats.raw_array import ITEM_SIZES, contiguous_strides, decode, element_count
from keras_mobilevitv3.weights.file_formats.restricted_pickle import allow, load_pickle

PARAMETER_NAMES = "StructuredToParameterName@@"  # key of a dict of strings that only PaddlePaddle needs
BIG_PARAMETERS = "UnpackBigParamInfor@@"
ARRAY_CODES = ITEM_SIZES.keys() - {"bf16"}
BYTEORDERS = {"<": "<", ">": ">", "|": "<"}  # `|` marks types of a single byte


@dataclass
class DType:
    """Stand-in for `numpy.dtype`."""

    code: str
    byteorder: str = "<"

    def set_state(self, state: Any) -> None:
        if not isinstance(state[1], str) or state[1] not in BYTEORDERS:
            raise CheckpointError("the byte order of an array must be `<`, `>` or `|`.")
        self.byteorder = BYTEORDERS[state[1]]


@dataclass
class Latin1:
    """Bytes as protocol 2 stores them: a string. It is encoded only after its length has been checked."""

    text: str

    def __len__(self):
        return len(self.text)


@dataclass
class Array:
    """Stand-in for `numpy.ndarray`. It allocates no memory: `to_numpy` first compares the shape with the bytes."""

    shape: Any = None
    dtype: Any = None
    order: str = "C"
    raw: Any = b""

    def set_state(self, state: Any) -> None:
        _, self.shape, self.dtype, fortran, self.raw = state
        self.order = "F" if fortran else "C"


def build_dtype(code: Any, align: Any = False, copy: Any = False) -> DType:
    """Returns the stand-in for `numpy.dtype(code)`. The type must be numeric."""
    if not isinstance(code, str) or code not in ARRAY_CODES:
        received = code[:20] if isinstance(code, str) else type(code).__name__
        raise CheckpointError(f"arrays must be numeric, of a dtype in {sorted(ARRAY_CODES)}. Received: {received}")
    return DType(code)


def build_array(array_class: Any, shape: Any, code: Any) -> Array:
    """Returns an empty stand-in. The pickle then sets its state."""
    return Array()


def array_from_buffer(raw: Any, dtype: Any, shape: Any, order: Any) -> Array:
    """Returns the stand-in for an array of pickle protocol 5."""
    return Array(shape, dtype, order, raw)


def build_bytes() -> bytes:
    """Returns empty bytes, which protocol 2 stores as a call."""
    return b""


def encode(text: Any, encoding: Any) -> Latin1:
    """Returns the stand-in for bytes that protocol 2 stores as a string."""
    if encoding != "latin1" or not isinstance(text, str):
        raise CheckpointError("bytes of an old pickle must be encoded as latin1.")
    return Latin1(text)


def same_tuple(values: Any) -> tuple:
    """Returns a tuple unchanged, for pickles that call `tuple`."""
    if not isinstance(values, tuple):
        raise TypeError("`tuple` must be called with a tuple")
    return values


NAMES = allow(
    mentioned=["numpy.ndarray"],
    built={
        "numpy.dtype": build_dtype,
        "numpy.core.multiarray._reconstruct": build_array,
        "numpy._core.multiarray._reconstruct": build_array,
        "numpy.core.numeric._frombuffer": array_from_buffer,
        "numpy._core.numeric._frombuffer": array_from_buffer,
        "_codecs.encode": encode,
        "builtins.bytes": build_bytes,
        "__builtin__.bytes": build_bytes,
        "builtins.tuple": same_tuple,
        "__builtin__.tuple": same_tuple,
    },
)


def read_paddle_pickle(path: Path) -> dict[str, np.ndarray]:
    """Reads a `.pdparams` file.

    Args:
        path: `pathlib.Path` of an existing file.

    Returns:
        Dict from parameter names to contiguous arrays.

    Raises:
        CheckpointError: If the file is damaged, or holds anything other than a dict of arrays.
    """
    data = path.read_bytes()
    loaded = load_pickle(data, NAMES)
    if not isinstance(loaded, dict):
        raise CheckpointError(f"expected a dict of arrays. Received: {type(loaded).__name__}")
    big = loaded.pop(BIG_PARAMETERS, {})
    loaded.pop(PARAMETER_NAMES, None)
    stored = {name: stored_array(name, value) for name, value in loaded.items()}
    if sum(len(array.raw) for array in stored.values()) > len(data):
        raise CheckpointError(f"the arrays hold more than the {len(data)} bytes of the file.")
    return join_slices({name: to_numpy(name, array) for name, array in stored.items()}, big)


def stored_array(name: Any, value: Any) -> Array:
    """Returns the array of an entry. PaddlePaddle stores some tensors as a pair of a name and an array."""
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        value = value[1]
    if not isinstance(name, str) or not isinstance(value, Array):
        raise CheckpointError(f"each entry must be an array, but `{name}` is a {type(value).__name__}.")
    if not isinstance(value.raw, (bytes, bytearray, Latin1)) or not isinstance(value.dtype, DType):
        raise CheckpointError(f"`{name}` must be an array of numbers, but its content is a {type(value.raw).__name__}.")
    return value


def to_numpy(name: str, array: Array) -> np.ndarray:
    """Returns the NumPy array of a stand-in, after comparing the shape with the number of bytes."""
    try:
        expected = element_count(array.shape) * ITEM_SIZES[array.dtype.code]
        if expected != len(array.raw):
            shape = tuple(array.shape)
            raise CheckpointError(f"shape {shape} needs {expected} bytes, but the file holds {len(array.raw)}.")
        raw = array.raw.text.encode("latin1") if isinstance(array.raw, Latin1) else array.raw
        strides = contiguous_strides(array.shape, array.order)
        return decode(raw, array.dtype.code, array.shape, strides, byteorder=array.dtype.byteorder)
    except (CheckpointError, UnicodeEncodeError) as error:
        raise CheckpointError(f"`{name}`: {error}") from error


def join_slices(arrays: dict[str, np.ndarray], big: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Joins the arrays that were stored as flat slices, since they were too big for an old pickle."""
    if not isinstance(big, dict):
        raise CheckpointError(f"`{BIG_PARAMETERS}` must be a dict. Received: {type(big).__name__}")
    for name, entry in big.items():
        slices = entry.get("slices") if isinstance(entry, dict) else None
        if not isinstance(slices, list) or not slices or not all(isinstance(part, str) for part in slices):
            raise CheckpointError(f"`{BIG_PARAMETERS}` must list the slices of `{name}`.")
        missing = [part for part in slices if part not in arrays]
        if missing or len(set(slices)) != len(slices):
            raise CheckpointError(f"`{name}` is stored in the slices {slices}, but the file lacks {missing}.")
        count = element_count(entry.get("OriginShape"))
        flat = [arrays.pop(part).ravel() for part in slices]
        if sum(part.size for part in flat) != count or len({part.dtype for part in flat}) != 1:
            raise CheckpointError(f"the slices of `{name}` must have one dtype and {count} elements in total.")
        arrays[name] = np.concatenate(flat).reshape(entry["OriginShape"])
    return arrays
