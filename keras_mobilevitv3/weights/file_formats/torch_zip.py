"""Reads zip files of `torch.save` without torch."""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from keras_mobilevitv3.weights.errors import CheckpointError
from keras_mobilevitv3.weights.file_formats.raw_array import ITEM_SIZES, decode, element_count
from keras_mobilevitv3.weights.file_formats.restricted_pickle import Name, allow, load_pickle

LEGACY_MAGIC = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
WRAPPERS = ("ema_model_state_dict", "model_state_dict", "state_dict", "model")  # averaged weights are preferred
STORAGE_CODES = {
    "torch.DoubleStorage": "f8",
    "torch.FloatStorage": "f4",
    "torch.HalfStorage": "f2",
    "torch.BFloat16Storage": "bf16",
    "torch.LongStorage": "i8",
    "torch.IntStorage": "i4",
    "torch.ShortStorage": "i2",
    "torch.CharStorage": "i1",
    "torch.ByteStorage": "u1",
    "torch.BoolStorage": "b1",
}
DTYPES = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"]
BYTEORDERS = {b"little": "<", b"big": ">"}
MAX_SHARING = 8  # largest total size of the tensors, which may share storages, as a multiple of the file size


@dataclass(frozen=True)
class Storage:
    """Reference to a record of the zip file, with `count` elements of the type `code`."""

    key: str
    code: str
    count: int


@dataclass(frozen=True)
class Tensor:
    """View of a storage. The data is not read yet."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class OrderedDict(dict):
    """Stand-in for `collections.OrderedDict`. It ignores the state, torch's `_metadata`, which no tensor needs."""

    def set_state(self, state: Any) -> None:
        pass


def rebuild_tensor(
    storage: Any,
    offset: Any,
    shape: Any,
    strides: Any,
    requires_grad: Any = False,
    hooks: Any = None,
    metadata: Any = None,
) -> Tensor:
    """Returns the stand-in for a tensor."""
    if not isinstance(storage, Storage):
        raise TypeError("a tensor without a storage")
    return Tensor(storage, offset, shape, strides)


def rebuild_parameter(tensor: Any, requires_grad: Any = True, hooks: Any = None) -> Any:
    """Returns the tensor of a parameter."""
    return tensor


def rebuild_size(sizes: Any) -> Any:
    """Returns the sizes of a `torch.Size` after checking them."""
    element_count(sizes)
    return sizes


def rebuild_device(*names: Any) -> None:
    """Ignores a `torch.device`."""


NAMES = allow(
    mentioned=[*STORAGE_CODES, *(f"torch.{name}" for name in DTYPES)],
    built={
        "collections.OrderedDict": OrderedDict,
        "torch._utils._rebuild_tensor_v2": rebuild_tensor,
        "torch._utils._rebuild_parameter": rebuild_parameter,
        "torch.Size": rebuild_size,
        "torch.device": rebuild_device,
    },
)


def load_storage(persistent_id: Any) -> Storage:
    """Returns the storage that a persistent id refers to."""
    tag, name, key, _, count = persistent_id
    known = tag == "storage" and isinstance(name, Name) and name.text in STORAGE_CODES
    if not known or not isinstance(key, str) or type(count) is not int:
        raise TypeError("a persistent id that is not a storage")
    return Storage(key, STORAGE_CODES[name.text], count)


def read_torch_zip(path: Path) -> dict[str, np.ndarray]:
    """Reads a `.pt` or `.pth` file.

    Args:
        path: `pathlib.Path` of an existing file.

    Returns:
        Dict from the names of the state dict to contiguous arrays. bfloat16 is converted to float32.

    Raises:
        CheckpointError: If the file is damaged, or holds anything other than a state dict.
    """
    if not zipfile.is_zipfile(path):
        with open(path, "rb") as file:
            if file.read(len(LEGACY_MAGIC)) == LEGACY_MAGIC:
                raise CheckpointError(
                    "expected the zip format of torch 1.6 and later. Received: the older format. "
                    "Save it again with `torch.save(torch.load(path), path)` in torch>=1.6."
                )
        raise CheckpointError("expected a zip file of `torch.save`. Received: another or an incomplete file")
    try:
        with zipfile.ZipFile(path) as archive:
            return read_archive(archive, path.stat().st_size)
    except CheckpointError:
        raise
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise CheckpointError(f"expected a complete zip file. Received: {error}") from error


def read_archive(archive: zipfile.ZipFile, file_size: int) -> dict[str, np.ndarray]:
    """Reads the tensors of an open zip file whose size in bytes is `file_size`."""
    check_entries(archive.infolist(), file_size)
    names = set(archive.namelist())
    roots = [name.removesuffix("data.pkl") for name in names if name.count("/") == 1 and name.endswith("/data.pkl")]
    if len(roots) != 1:
        raise CheckpointError(f"expected one `<name>/data.pkl` in the zip file. Received: {len(roots)}")
    root = roots[0]
    order = archive.read(root + "byteorder").strip() if root + "byteorder" in names else b"little"
    if order not in BYTEORDERS:
        raise CheckpointError("the byte order must be `little` or `big`.")
    tensors = state_dict(load_pickle(archive.read(root + "data.pkl"), NAMES, load_storage))
    if sum(element_count(t.shape) * ITEM_SIZES[t.storage.code] for t in tensors.values()) > MAX_SHARING * file_size:
        raise CheckpointError(f"the tensors hold over {MAX_SHARING} times the {file_size} bytes of the file.")
    records, arrays = {}, {}
    for name, tensor in tensors.items():
        record = f"{root}data/{tensor.storage.key}"
        if record not in names:
            raise CheckpointError(f"`{name}` needs the record `{record}`, which the zip file lacks.")
        if record not in records:
            records[record] = archive.read(record)
        arrays[name] = read_tensor(name, tensor, records[record], BYTEORDERS[order])
    return arrays


def check_entries(entries: Sequence[zipfile.ZipInfo], file_size: int) -> None:
    """Raises `CheckpointError` if a zip file would unpack to more than its own size, or has duplicate names."""
    for entry in entries:
        if entry.header_offset < 0:
            raise CheckpointError(f"zip entries must begin inside the file, but `{entry.filename}` does not.")
        if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
            raise CheckpointError(f"zip entries must be stored, but `{entry.filename}` is compressed.")
    if len({entry.filename for entry in entries}) != len(entries):
        raise CheckpointError("zip entries must have different names.")
    total = sum(entry.file_size for entry in entries)
    if total > file_size:
        raise CheckpointError(f"the zip entries claim {total} bytes, but the file has {file_size}.")


def state_dict(loaded: Any) -> dict[str, Tensor]:
    """Returns the dict of tensors in a pickled object: the object itself, or its entry with a name in `WRAPPERS`."""
    if not isinstance(loaded, dict):
        raise CheckpointError(f"expected a dict of tensors. Received: {type(loaded).__name__}")
    wrapper = next((name for name in WRAPPERS if isinstance(loaded.get(name), dict)), None)
    tensors = loaded if wrapper is None else loaded[wrapper]
    for name, value in tensors.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise CheckpointError(f"expected only tensors in the state dict, but `{name}` is a {type(value).__name__}.")
    return tensors


def read_tensor(name: str, tensor: Tensor, record: bytes, byteorder: str) -> np.ndarray:
    """Returns the array of a tensor, from the bytes of its storage."""
    size = ITEM_SIZES[tensor.storage.code]
    count = tensor.storage.count
    if not 0 <= count * size <= len(record):
        raise CheckpointError(f"the storage of `{name}` should have {count * size} bytes, but it has {len(record)}.")
    data: Any = memoryview(record)[: count * size]
    try:
        return decode(data, tensor.storage.code, tensor.shape, tensor.strides, tensor.offset, byteorder)
    except CheckpointError as error:
        raise CheckpointError(f"`{name}`: {error}") from error
