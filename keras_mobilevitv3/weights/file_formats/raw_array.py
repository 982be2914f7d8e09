"""Turns raw bytes of a checkpoint into a NumPy array. Bounds are checked in Python integers before NumPy is called."""

import math
from collections.abc import Sequence

import numpy as np

from keras_mobilevitv3.weights.errors import CheckpointError

ITEM_SIZES = {
    "f2": 2,
    "f4": 4,
    "f8": 8,
    "bf16": 2,
    "i1": 1,
    "i2": 2,
    "i4": 4,
    "i8": 8,
    "u1": 1,
    "u2": 2,
    "u4": 4,
    "u8": 8,
    "b1": 1,
}
STORED_AS = {"bf16": "u2", "b1": "u1"}  # NumPy has no bfloat16, and its bools may hold only 0 and 1
MAX_DIMENSIONS = 32
MAX_ELEMENTS = 2**48


def element_count(shape: Sequence[int]) -> int:
    """Checks a shape read from a file and returns its number of elements.

    Args:
        shape: Value that the file has as a shape.

    Returns:
        Integer, 1 for `()`.

    Raises:
        CheckpointError: If `shape` is not a tuple or list of at most 32 sane dimensions.
    """
    if not isinstance(shape, (tuple, list)) or len(shape) > MAX_DIMENSIONS:
        raise CheckpointError(f"a shape must be a tuple of at most {MAX_DIMENSIONS} integers. Received: {_kind(shape)}")
    if not all(type(size) is int and 0 <= size <= MAX_ELEMENTS for size in shape):
        raise CheckpointError(f"each dimension of a shape must be an integer in [0, 2**48]. Received: {_kind(shape)}")
    if math.prod(max(size, 1) for size in shape) > MAX_ELEMENTS:
        raise CheckpointError(f"a shape must have at most 2**48 elements. Received: shape={tuple(shape)}")
    return math.prod(shape)


def contiguous_strides(shape: Sequence[int], order: str = "C") -> tuple[int, ...]:
    """Returns the strides, in elements, of a dense array in C or Fortran order."""
    strides, step = [], 1
    for size in shape if order == "F" else reversed(shape):
        strides.append(step)
        step *= size
    return tuple(strides if order == "F" else reversed(strides))


def decode(
    buffer: bytes | bytearray,
    code: str,
    shape: Sequence[int],
    strides: Sequence[int] | None = None,
    offset: int = 0,
    byteorder: str = "<",
) -> np.ndarray:
    """Copies one tensor of a buffer into a contiguous array.

    Args:
        buffer: Bytes-like object.
        code: String, a key of `ITEM_SIZES`. `"bf16"` becomes float32.
        shape: Tuple of integers.
        strides: Tuple of integers, in elements. `None` means dense in C order. Defaults to `None`.
        offset: Integer, number of elements before the first one of the tensor. Defaults to `0`.
        byteorder: `"<"` or `">"`. Defaults to `"<"`.

    Returns:
        C-contiguous array in the byte order of this machine. The array shares no memory with `buffer`.

    Raises:
        CheckpointError: If an element lies outside the buffer, or two indices reach the same element.
    """
    count = element_count(shape)
    strides = contiguous_strides(shape) if strides is None else strides
    itemsize = ITEM_SIZES[code]
    _check_layout(shape, strides, offset, len(buffer) // itemsize)
    stored = np.dtype(byteorder + STORED_AS.get(code, code))
    if count == 0:
        raw = np.zeros(shape, stored)
    else:
        raw = np.frombuffer(buffer, stored, count=len(buffer) // itemsize - offset, offset=offset * itemsize)
        steps = [stride * itemsize if size > 1 else 0 for stride, size in zip(strides, shape, strict=True)]
        raw = np.lib.stride_tricks.as_strided(raw, shape, steps, writeable=False)
    if code == "b1":
        return np.ascontiguousarray(raw != 0).reshape(shape)
    if code == "bf16":
        return np.asarray(np.left_shift(raw, 16, dtype="u4", order="C")).view("f4")  # the upper half of a float32
    return raw.astype(stored.newbyteorder("="), order="C")


def _check_layout(shape, strides, offset, available):
    """Refuses a strided layout that leaves its storage of `available` elements, or reaches an element twice."""
    if not isinstance(strides, (tuple, list)) or len(strides) != len(shape):
        raise CheckpointError(
            f"strides must be as many as the dimensions of {tuple(shape)}. Received: {_kind(strides)}"
        )
    if not all(type(number) is int and 0 <= number <= MAX_ELEMENTS for number in (offset, *strides)):
        raise CheckpointError("an offset and strides must be integers in [0, 2**48].")
    last = 0
    for stride, size in sorted((stride, size) for stride, size in zip(strides, shape, strict=True) if size > 1):
        # Stricter than needed: some interleaved layouts have no overlap either. Transposed and cut views pass.
        if stride <= last:
            raise CheckpointError(
                f"strides {tuple(strides)} of shape {tuple(shape)} overlap: two indices reach one element."
            )
        last += stride * (size - 1)
    if 0 not in shape and offset + last >= available:
        raise CheckpointError(
            f"a tensor of shape {tuple(shape)}, strides {tuple(strides)}, offset {offset} needs "
            f"{offset + last + 1} elements, its storage has {available}."
        )


def _kind(value):
    """Returns a short name of a value for a message. The text of a value of a file may be of any length."""
    text = repr(value) if isinstance(value, (tuple, list)) and all(type(item) is int for item in value) else ""
    return text if text and len(text) < 200 else f"{type(value).__name__} object"
