"""What kind of file it is, by its first bytes and not by its name."""

from pathlib import Path

HEAD = 1024  # bytes that are read

HDF5 = "an HDF5 file"
ZIP = "a ZIP archive"
LITERT = "a LiteRT model"
ONNX = "an ONNX model"
SAVED_MODEL = "the graph of a SavedModel"
OPENVINO = "an OpenVINO graph"
SAFETENSORS = "a safetensors file"
PICKLE = "a pickle"
NUMPY = "a NumPy array"
PNG = "a PNG picture"
JPEG = "a JPEG picture"
JSON = "a JSON file"
TEXT = "a text file"
EMPTY = "an empty file"
UNKNOWN = "a file of an unknown kind"


def kind_of_file(path):
    """The kind of a file, in words: one of the constants of this module.

    Args:
        path: Path of an existing file.
    """
    with open(Path(path), "rb") as file:
        head = file.read(HEAD)
    return next(kind for kind, is_kind in KINDS if is_kind(head))


def _starts_with(*beginnings):
    return lambda head: head.startswith(beginnings)


def _is_safetensors(head):
    """The length of the header in eight bytes, less than 4 GB, then the header, a dict of JSON."""
    return head[4:9] == b"\0\0\0\0{"


def _is_text(head):
    try:
        return "\0" not in head.decode("utf-8")
    except UnicodeDecodeError as error:
        return len(head) == HEAD and error.start >= HEAD - 3  # a character cut in two


# The first that fits counts.
KINDS = (
    (EMPTY, lambda head: not head),
    (HDF5, _starts_with(b"\x89HDF\r\n\x1a\n")),
    (ZIP, _starts_with(b"PK\x03\x04", b"PK\x05\x06")),
    (LITERT, lambda head: head[4:8] == b"TFL3"),
    (PNG, _starts_with(b"\x89PNG\r\n\x1a\n")),
    (JPEG, _starts_with(b"\xff\xd8\xff")),
    (NUMPY, _starts_with(b"\x93NUMPY")),
    (SAFETENSORS, _is_safetensors),
    (SAVED_MODEL, _starts_with(b"\x08\x01")),  # field 1 of both is a version: 1 here, from 3 up in ONNX
    (ONNX, _starts_with(*(bytes((8, version)) for version in range(2, 32)))),
    (PICKLE, _starts_with(*(bytes((0x80, protocol)) for protocol in range(2, 6)))),
    (OPENVINO, lambda head: head.lstrip().startswith(b"<") and b"<net " in head),
    (JSON, lambda head: head.lstrip()[:1] in (b"{", b"[") and _is_text(head)),
    (TEXT, _is_text),
    (UNKNOWN, lambda head: True),
)
