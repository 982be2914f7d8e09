"""Writes NumPy arrays as a checkpoint that torch or safetensors reads, without either."""

import json
import struct
import zipfile
from pathlib import Path

import numpy as np

from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.weights.file_formats.raw_array import contiguous_strides

RECORD_ALIGNMENT = 64  # as torch does, so that its memory-mapped reader finds aligned floats
ORDERED_DICT = b"ccollections\nOrderedDict\n)R"  # GLOBAL, EMPTY_TUPLE, REDUCE


def write_state_dict(tensors, path):
    """Write arrays as a state dict of float32 tensors. The file appears under its name only when it is whole.

    Args:
        tensors: Dict from parameter names to floating-point arrays.
        path: String or `pathlib.Path` ending in `.pt` (read it with `torch.load`) or `.safetensors`.

    Returns:
        `pathlib.Path` of the file.

    Raises:
        ValueError: if the suffix is of no supported format, or a value is not floating-point.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in WRITERS:
        raise ValueError(f"The suffix must be one of {', '.join(WRITERS)}. Received: path={str(path)!r}")
    arrays = {name: as_float32(name, value) for name, value in tensors.items()}
    with atomic_write(path) as unfinished, open(unfinished, "xb") as file:
        WRITERS[suffix](arrays, file)
    return path


def as_float32(name, value):
    value = np.asarray(value)
    if value.dtype.kind != "f" and value.dtype.name != "bfloat16":
        raise ValueError(f"Tensors must be floating-point. Received: {name!r} of dtype {value.dtype}")
    return np.asarray(value, "<f4", order="C")


def write_torch_zip(arrays, file):
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        add_record(archive, "archive/data.pkl", pickle_of(arrays))
        add_record(archive, "archive/byteorder", b"little")
        for key, array in enumerate(arrays.values()):
            add_record(archive, f"archive/data/{key}", array.tobytes())
        add_record(archive, "archive/version", b"3\n")


def add_record(archive, name, data):
    entry = zipfile.ZipInfo(name)
    start = archive.fp.tell() + zipfile.sizeFileHeader + len(name) + 4  # 4 for the head of the extra field
    padding = -start % RECORD_ALIGNMENT
    entry.extra = struct.pack("<2sH", b"FB", padding) + b"Z" * padding
    archive.writestr(entry, data)


def pickle_of(arrays):
    """The pickle, protocol 2, of an OrderedDict of tensors whose storages are numbered in its order."""
    parts = [b"\x80\x02", ORDERED_DICT, b"("]
    for key, (name, array) in enumerate(arrays.items()):
        storage = b"(" + text(b"storage") + b"ctorch\nFloatStorage\n" + text(b"%d" % key) + text(b"cpu")
        parts += [text(name.encode()), b"ctorch._utils\n_rebuild_tensor_v2\n("]
        parts += [storage, integer(array.size), b"tQ"]  # TUPLE, BINPERSID
        parts += [integer(0), integers(array.shape), integers(contiguous_strides(array.shape))]
        parts += [b"\x89", ORDERED_DICT, b"tR"]  # requires_grad=False, no hooks, TUPLE, REDUCE
    return b"".join([*parts, b"u."])  # SETITEMS, STOP


def text(value):
    return b"X" + struct.pack("<I", len(value)) + value


def integer(value):
    return b"J" + struct.pack("<i", value) if value < 2**31 else b"\x8a\x08" + struct.pack("<q", value)


def integers(values):
    return b"(" + b"".join(integer(value) for value in values) + b"t"


def write_safetensors(arrays, file):
    header, begin = {}, 0
    for name, array in arrays.items():
        header[name] = {"dtype": "F32", "shape": array.shape, "data_offsets": (begin, begin + array.nbytes)}
        begin += array.nbytes
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)  # the format wants the data aligned to 8 bytes
    file.write(struct.pack("<Q", len(encoded)) + encoded)
    for array in arrays.values():
        file.write(array.tobytes())


WRITERS = {".pt": write_torch_zip, ".safetensors": write_safetensors}
