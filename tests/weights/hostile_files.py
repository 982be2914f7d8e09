"""Checkpoint files made by hand, byte by byte, to say what no honest writer says."""

import pickle
import struct
import zipfile

import numpy as np

MEMORY_ALLOWED = 20_000_000  # bytes that refusing a file may take


def integer(value):
    return b"\x8a\x08" + struct.pack("<q", value)


def integers(values):
    return b"(" + b"".join(integer(value) for value in values) + b"t"


def text(value):
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def tensor_pickle(shape, strides, offset=0, count=4, storage="FloatStorage", key="0"):
    """Protocol 2 pickle of `{"w": tensor}` with any layout."""
    persistent = b"(" + text("storage") + b"ctorch\n" + storage.encode() + b"\n" + text(key) + text("cpu")
    persistent += integer(count) + b"tQ"
    rebuilt = b"ctorch._utils\n_rebuild_tensor_v2\n(" + persistent + integer(offset) + integers(shape)
    rebuilt += integers(strides) + b"\x89ccollections\nOrderedDict\n)RtR"
    return b"\x80\x02}" + text("w") + rebuilt + b"s."


def write_torch_file(path, pickled, records=None, compression=zipfile.ZIP_STORED, byteorder=None):
    """A zip laid out as `torch.save` does; `records` are the storages by their key."""
    records = {"0": np.arange(4, dtype="<f4").tobytes()} if records is None else records
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("archive/data.pkl", pickled)
        if byteorder is not None:
            archive.writestr("archive/byteorder", byteorder)
        for key, data in records.items():
            archive.writestr(f"archive/data/{key}", data)
    return path


class Call:
    """Pickles as the call of a function."""

    def __init__(self, function, *arguments, state=None):
        self.reduced = (function, arguments) if state is None else (function, arguments, state)

    def __reduce__(self):
        return self.reduced


def array_pickle(shape, dtype="float32", data=bytes(16), protocol=4):
    """Pickle of `{"w": array}` whose shape need not fit its bytes."""
    rebuild, arguments = np.zeros(1).__reduce__()[:2]
    array = Call(rebuild, *arguments, state=(1, shape, np.dtype(dtype), False, data))
    return pickle.dumps({"w": array}, protocol)


def safetensors_bytes(header, data=bytes(16), length=None):
    """A safetensors file from the text of its header."""
    encoded = header.encode()
    return struct.pack("<Q", len(encoded) if length is None else length) + encoded + data
