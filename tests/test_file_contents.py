import io
import json
import pickle
import zipfile

import numpy as np
import pytest

from keras_mobilevitv3 import file_contents as contents

pytestmark = pytest.mark.once


def bytes_of(write):
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def as_zip(buffer):
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", "b")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", contents.EMPTY),
        (bytes_of(as_zip), contents.ZIP),
        (bytes_of(lambda buffer: np.save(buffer, np.ones(3))), contents.NUMPY),
        (pickle.dumps({"a": 1}, protocol=2), contents.PICKLE),
        (json.dumps({"a": 1}).encode(), contents.JSON),
        ("größer".encode(), contents.TEXT),
        (b"a" * (contents.HEAD_LENGTH - 1) + "ß".encode(), contents.TEXT),  # the character is cut in two
        ("a\nß".encode("latin-1"), contents.UNKNOWN),
        (b"a\0b", contents.UNKNOWN),
        (b'\x10\0\0\0\0\0\0\0{"a": 1}      ', contents.SAFETENSORS),
        (b"\x1c\0\0\0TFL3", contents.LITERT),
        (b'\x08\x08\x12\x07tf2onnx"', contents.ONNX),
        (b"\x08\x01\x12\x80", contents.SAVED_MODEL),
        (b'<?xml version="1.0"?>\n<net name="a" version="11">', contents.OPENVINO),
        (b"<html>", contents.TEXT),
        (b"\x89PNG\r\n\x1a\n\0\0", contents.PNG),
        (b"\xff\xd8\xff\xe0", contents.JPEG),
    ],
)
def test_kinds(tmp_path, data, kind):
    (tmp_path / "a").write_bytes(data)
    assert contents.kind_of_file(tmp_path / "a") == kind


def test_hdf5(tmp_path):
    h5py = pytest.importorskip("h5py")
    h5py.File(tmp_path / "a", "w").close()
    assert contents.kind_of_file(tmp_path / "a") == contents.HDF5
