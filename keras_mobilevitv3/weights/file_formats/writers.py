"""Writes NumPy arrays as a checkpoint of PyTorch, without torch, or of safetensors."""

import os
import struct
import zipfile
from pathlib import Path

import numpy as np

from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.weights.file_formats.raw_array import contiguous_strides
from keras_mobilevitv3.weights.file_formats.safetensors_file import write_safetensors

RECORD_ALIGNMENT = 64  # as in files of torch: its memory-mapped reader needs aligned floats
ORDERED_DICT = b"ccollections\nOrderedDict\n)R"  # GLOBAL, EMPTY_TUPLE, REDUCE


def write_state_dict(tensors: dict[str, np.ndarray], path: str | os.PathLike) -> Path:
    """Writes arrays as a state dict of float32 tensors. The file appears under its name only when it is whole.

    Args:
        tensors: Dict from parameter names to floating-point arrays.
        path: String or `pathlib.Path` ending in `.pt` (read it with `torch.load`) or `.safetensors`.

    Returns:
        `pathlib.Path` of the file.

    Raises:
        ValueError: If no supported format has the suffix, or a value is not floating-point.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in WRITERS:
        raise ValueError(f"The suffix must be one of {', '.join(WRITERS)}. Received: path={str(path)!r}")
    arrays = {name: _as_float32(name, value) for name, value in tensors.items()}
    with atomic_write(path) as unfinished, open(unfinished, "xb") as file:
        WRITERS[suffix](arrays, file)
    return path


def _as_float32(name, value):
    value = np.asarray(value)
    if value.dtype.kind != "f" and value.dtype.name != "bfloat16":
        raise ValueError(f"Tensors must be floating-point. Received: {name!r} of dtype {value.dtype}")
    return np.asarray(value, "<f4", order="C")


def _write_torch_zip(arrays, file):
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        _add_record(archive, "archive/data.pkl", _pickle_of(arrays))
        _add_record(archive, "archive/byteorder", b"little")
        for key, array in enumerate(arrays.values()):
            _add_record(archive, f"archive/data/{key}", array.tobytes())
        _add_record(archive, "archive/version", b"3\n")


def _add_record(archive, name, data):
    entry = zipfile.ZipInfo(name)
    start = archive.fp.tell() + zipfile.sizeFileHeader + len(name) + 4  # 4 for the head of the extra field
    padding = -start % RECORD_ALIGNMENT
    entry.extra = struct.pack("<2sH", b"FB", padding) + b"Z" * padding
    archive.writestr(entry, data)


def _pickle_of(arrays):
    """Returns the pickle, protocol 2, of an OrderedDict of tensors. Storages are numbered in the order of the dict."""
    parts = [b"\x80\x02", ORDERED_DICT, b"("]
    for key, (name, array) in enumerate(arrays.items()):
        storage = b"(" + _text(b"storage") + b"ctorch\nFloatStorage\n" + _text(b"%d" % key) + _text(b"cpu")
        parts += [_text(name.encode()), b"ctorch._utils\n_rebuild_tensor_v2\n("]
        parts += [storage, _integer(array.size), b"tQ"]  # TUPLE, BINPERSID
        parts += [_integer(0), _integers(array.shape), _integers(contiguous_strides(array.shape))]
        parts += [b"\x89", ORDERED_DICT, b"tR"]  # requires_grad=False, no hooks, TUPLE, REDUCE
    return b"".join([*parts, b"u."])  # SETITEMS, STOP


def _text(value):
    return b"X" + struct.pack("<I", len(value)) + value


def _integer(value):
    return b"J" + struct.pack("<i", value) if value < 2**31 else b"\x8a\x08" + struct.pack("<q", value)


def _integers(values):
    return b"(" + b"".join(_integer(value) for value in values) + b"t"


WRITERS = {".pt": _write_torch_zip, ".safetensors": write_safetensors}
