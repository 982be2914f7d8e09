"""Reads the `.pdparams` files of PaddlePaddle, a pickle of NumPy arrays, without PaddlePaddle and without `pickle`."""

from dataclasses import dataclass

import numpy as np

from keras_mobilevitv3.weights.errors import CheckpointError
from keras_mobilevitv3.weights.file_formats.raw_array import ITEM_SIZES, contiguous_strides, decode, element_count
from keras_mobilevitv3.weights.file_formats.restricted_pickle import allow, load_pickle

PARAMETER_NAMES = "StructuredToParameterName@@"  # a dict of strings that only PaddlePaddle needs
BIG_PARAMETERS = "UnpackBigParamInfor@@"
ARRAY_CODES = ITEM_SIZES.keys() - {"bf16"}
BYTEORDERS = {"<": "<", ">": ">", "|": "<"}  # `|` is of single bytes


@dataclass
class DType:
    """Stands for `numpy.dtype`."""

    code: str
    byteorder: str = "<"

    def set_state(self, state):
        if not isinstance(state[1], str) or state[1] not in BYTEORDERS:
            raise CheckpointError("the byte order of an array must be `<`, `>` or `|`, it is something else.")
        self.byteorder = BYTEORDERS[state[1]]


@dataclass
class Latin1:
    """Bytes as protocol 2 writes them: a string to be encoded, which is put off until its length is known to fit."""

    text: str

    def __len__(self):
        return len(self.text)


@dataclass
class Array:
    """Stands for `numpy.ndarray`: nothing is allocated before `to_numpy` has compared the shape with the bytes."""

    shape: tuple = None
    dtype: DType = None
    order: str = "C"
    raw: bytes = b""

    def set_state(self, state):
        _, self.shape, self.dtype, fortran, self.raw = state
        self.order = "F" if fortran else "C"


def build_dtype(code, align=False, copy=False):
    if not isinstance(code, str) or code not in ARRAY_CODES:
        received = code[:20] if isinstance(code, str) else type(code).__name__
        raise CheckpointError(f"arrays must be numeric, of a dtype in {sorted(ARRAY_CODES)}. Received: {received}")
    return DType(code)


def build_array(array_class, shape, code):
    return Array()


def array_from_buffer(raw, dtype, shape, order):
    return Array(shape, dtype, order, raw)


def build_bytes():
    return b""


def encode(text, encoding):
    if encoding != "latin1" or not isinstance(text, str):
        raise CheckpointError("bytes of an old pickle must be encoded as latin1, these are not.")
    return Latin1(text)


def same_tuple(values):
    if not isinstance(values, tuple):
        raise TypeError("a tuple made of something else")
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


def read_paddle_pickle(path):
    """Read a `.pdparams` file.

    Args:
        path: `pathlib.Path` of an existing file.

    Returns:
        Dict from parameter names to contiguous arrays.

    Raises:
        CheckpointError: if the file is not a readable, harmless dict of arrays.
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


def stored_array(name, value):
    """The array of one entry: as it is, or in the pair of name and array that PaddlePaddle makes of a tensor."""
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        value = value[1]
    if not isinstance(name, str) or not isinstance(value, Array):
        raise CheckpointError(f"expected only arrays, `{name}` is a {type(value).__name__}.")
    if not isinstance(value.raw, (bytes, bytearray, Latin1)) or not isinstance(value.dtype, DType):
        raise CheckpointError(f"`{name}` must be an array of numbers, its content is a {type(value.raw).__name__}.")
    return value


def to_numpy(name, array):
    try:
        expected = element_count(array.shape) * ITEM_SIZES[array.dtype.code]
        if expected != len(array.raw):
            shape = tuple(array.shape)
            raise CheckpointError(f"shape {shape} needs {expected} bytes, the file holds {len(array.raw)}.")
        raw = array.raw.text.encode("latin1") if isinstance(array.raw, Latin1) else array.raw
        strides = contiguous_strides(array.shape, array.order)
        return decode(raw, array.dtype.code, array.shape, strides, byteorder=array.dtype.byteorder)
    except (CheckpointError, UnicodeEncodeError) as error:
        raise CheckpointError(f"`{name}`: {error}") from error


def join_slices(arrays, big):
    """Put together the arrays that were too big for an old pickle, and so were stored as flat slices."""
    if not isinstance(big, dict):
        raise CheckpointError(f"`{BIG_PARAMETERS}` must be a dict. Received: {type(big).__name__}")
    for name, entry in big.items():
        slices = entry.get("slices") if isinstance(entry, dict) else None
        if not isinstance(slices, list) or not slices or not all(isinstance(part, str) for part in slices):
            raise CheckpointError(f"`{BIG_PARAMETERS}` must list the slices of `{name}`.")
        missing = [part for part in slices if part not in arrays]
        if missing or len(set(slices)) != len(slices):
            raise CheckpointError(f"`{name}` is stored in the slices {slices}, of which the file lacks {missing}.")
        count = element_count(entry.get("OriginShape"))
        flat = [arrays.pop(part).ravel() for part in slices]
        if sum(part.size for part in flat) != count or len({part.dtype for part in flat}) != 1:
            raise CheckpointError(f"the slices of `{name}` must be of one dtype and have {count} elements together.")
        arrays[name] = np.concatenate(flat).reshape(entry["OriginShape"])
    return arrays
