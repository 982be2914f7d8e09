"""Reads `.safetensors` files without the `safetensors` package."""

import json

from keras_mobilevitv3.weights.errors import CheckpointError
from keras_mobilevitv3.weights.file_formats.raw_array import ITEM_SIZES, decode, element_count, kind

MAX_HEADER = 100_000_000
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


def read_safetensors(path):
    """Read a `.safetensors` file.

    Args:
        path: `pathlib.Path` of an existing file.

    Returns:
        Dict from tensor names to contiguous arrays. bfloat16 gives float32.

    Raises:
        CheckpointError: if the header does not describe the file.
    """
    size = path.stat().st_size
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(MAX_HEADER, size - 8):
            raise CheckpointError(f"its header claims {length} bytes. The file has {size}, {MAX_HEADER} is the most.")
        header = parse_header(file.read(length))
        begin = 8 + length
        check_offsets(header, size - begin)
        arrays = {}
        for name, entry in header.items():
            first, last = entry["data_offsets"]
            file.seek(begin + first)
            arrays[name] = decode(file.read(last - first), CODES[entry["dtype"]], entry["shape"])
        return arrays


def parse_header(data):
    """The tensors of the header, each known to have a dtype, a shape and two integer offsets that fit them."""
    try:
        header = json.loads(data.decode("utf-8"), object_pairs_hook=unique_keys)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"its header must be JSON. Received: {error}") from error
    if not isinstance(header, dict):
        raise CheckpointError(f"its header must be a JSON object. Received: {type(header).__name__}")
    header.pop("__metadata__", None)
    for name, entry in header.items():
        if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
            raise CheckpointError(f"`{name}` must have a dtype, a shape and data_offsets.")
        if not isinstance(entry["dtype"], str) or entry["dtype"] not in CODES:
            raise CheckpointError(f"the dtype of `{name}` must be one of {sorted(CODES)}. Received: {entry['dtype']!r}")
        offsets = entry["data_offsets"]
        if not isinstance(offsets, list) or len(offsets) != 2 or not all(type(offset) is int for offset in offsets):
            raise CheckpointError(f"the data_offsets of `{name}` must be two integers. Received: {kind(offsets)}")
        expected = element_count(entry["shape"]) * ITEM_SIZES[CODES[entry["dtype"]]]
        if offsets[1] - offsets[0] != expected:
            shape = tuple(entry["shape"])
            raise CheckpointError(f"`{name}` of shape {shape} needs {expected} bytes, its data_offsets are {offsets}.")
    return header


def unique_keys(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name that appears twice")
    return found


def check_offsets(header, available):
    """Refuse tensors outside the `available` bytes, or on top of each other."""
    reached = 0
    for (first, last), name in sorted((entry["data_offsets"], name) for name, entry in header.items()):
        if first < reached:
            raise CheckpointError(f"`{name}` begins at byte {first}, before the tensor below it ends at {reached}.")
        if last > available:
            raise CheckpointError(f"`{name}` ends at byte {last} of the data, the file has {available}.")
        reached = last
