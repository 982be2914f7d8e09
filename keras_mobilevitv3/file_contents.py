"""Finds the kind of a file from its first bytes, not from its name."""

from collections.abc import Callable

from keras_mobilevitv3.array_types import FilePath

HEAD_LENGTH = 1024  # number of bytes to read

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


def kind_of_file(path: FilePath) -> str:
    """Returns the kind of a file as one of the constants of this module, such as `HDF5`.

    Args:
        path: Path of an existing file.
    """
    with open(path, "rb") as file:
        head = file.read(HEAD_LENGTH)
    return next(kind for kind, is_kind in TESTS_OF_KINDS if is_kind(head))


def _starts_with(*beginnings):
    return lambda head: head.startswith(beginnings)


def _is_safetensors(head):
    """Checks that eight bytes state a header length below 4 GB, and that the header starts like a JSON dict."""
    return head[4:9] == b"\0\0\0\0{"


def _is_text(head):
    try:
        return "\0" not in head.decode("utf-8")
    except UnicodeDecodeError as error:
        return len(head) == HEAD_LENGTH and error.start >= HEAD_LENGTH - 3  # the last character is cut


# The first matching kind counts.
TESTS_OF_KINDS: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    (EMPTY, lambda head: not head),
    (HDF5, _starts_with(b"\x89HDF\r\n\x1a\n")),
    (ZIP, _starts_with(b"PK\x03\x04", b"PK\x05\x06")),
    (LITERT, lambda head: head[4:8] == b"TFL3"),
    (PNG, _starts_with(b"\x89PNG\r\n\x1a\n")),
    (JPEG, _starts_with(b"\xff\xd8\xff")),
    (NUMPY, _starts_with(b"\x93NUMPY")),
    (SAFETENSORS, _is_safetensors),
    (SAVED_MODEL, _starts_with(b"\x08\x01")),  # field 1 is a version in both formats: 1 here, higher in ONNX
    (ONNX, _starts_with(*(bytes((8, version)) for version in range(2, 32)))),
    (PICKLE, _starts_with(*(bytes((0x80, protocol)) for protocol in range(2, 6)))),
    (OPENVINO, lambda head: head.lstrip().startswith(b"<") and b"<net " in head),
    (JSON, lambda head: head.lstrip()[:1] in (b"{", b"[") and _is_text(head)),
    (TEXT, _is_text),
    (UNKNOWN, lambda head: True),
)
