import json
import tracemalloc

import numpy as np
import pytest
from safetensors.numpy import save_file

from keras_mobilevitv3.weights.errors import CheckpointError
from keras_mobilevitv3.weights.file_formats.readers import read_state_dict
from tests.weights.hostile_files import MEMORY_ALLOWED, safetensors_bytes

pytestmark = pytest.mark.once

INVALID = "expected a whole safetensors file with a valid header"


def entry(begin, end, shape, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def test_reads_every_dtype(tmp_path):
    expected = {
        name: np.arange(6).reshape(2, 3).astype(name)
        for name in ["float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint8", "uint32", "bool"]
    }
    expected["empty"], expected["scalar"] = np.zeros((0, 2), "float32"), np.array(3, "float32")
    save_file(expected, tmp_path / "w.safetensors", metadata={"format": "np"})
    arrays = read_state_dict(tmp_path / "w.safetensors")
    assert set(arrays) == set(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype and arrays[name].shape == array.shape


def test_bfloat16_as_float32(tmp_path):
    data = (np.float32([1.5, -2.0]).view("<u4") >> 16).astype("<u2").tobytes()
    header = json.dumps({"w": entry(0, 4, [2], "BF16"), "__metadata__": {"a": "b"}})
    (tmp_path / "w.safetensors").write_bytes(safetensors_bytes(header, data))
    np.testing.assert_array_equal(read_state_dict(tmp_path / "w.safetensors")["w"], np.float32([1.5, -2.0]))


@pytest.mark.parametrize(
    "header",
    [
        {"w": entry(0, 16, [5])},
        {"w": entry(16, 0, [4])},
        {"w": entry(8, 24, [4])},
        {"w": entry(-4, 12, [4])},
        {"w": entry(0, 12, [3]), "v": entry(8, 16, [2])},
        {"w": entry(0, 10**13, [2500, 10**9])},
        {"w": entry(0, 10**13, [2500, 10**9], "I8"), "v": entry(0, 0, [0])},
        {"w": entry(0, 10**13, [10**13], "I8")},
        {"w": entry(0, 16, [-4])},
        {"w": entry(0, 16, [4.0])},
        {"w": entry(0.0, 16.0, [4])},
        {"w": entry(0, 16, [4], "F8_E4M3")},
        {"w": entry(0, 8, [2]), "v": entry(12, 16, [1])},
        {"x" * 5000: entry(4, 20, [4])},
        {"w": entry(0, 16, [4]), "__metadata__": 3},
        {"w": entry(0, 16, [4], ["F32"])},
        {"w": {"dtype": "F32", "shape": [4]}},
        {"w": 3},
        [],
        '{"w": 1, "w": 2}',
        "{",
        "[" * 100_000,
        '{"w": ' + "9" * 5000 + "}",
        "\ud800",
    ],
)
def test_invalid_headers_are_refused(tmp_path, header):
    header = header if isinstance(header, str) else json.dumps(header)
    path = tmp_path / "w.safetensors"
    encoded = header.encode("utf-8", "surrogatepass")
    path.write_bytes(len(encoded).to_bytes(8, "little") + encoded + bytes(16))
    tracemalloc.start()
    with pytest.raises(CheckpointError, match=INVALID) as error:
        read_state_dict(path)
    assert tracemalloc.get_traced_memory()[1] < MEMORY_ALLOWED
    tracemalloc.stop()
    assert str(path) in str(error.value) and len(str(error.value)) < 600


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (entry(0, 16, [16], "F8_E4M3"), "the dtype of `w` must be one of .*'F8_E4M3'"),
        (entry(0, 16, [2], "C64"), "the dtype of `w` must be one of .*'C64'"),
        (entry(0, 16, [4] + [1] * 32), "`w`: a shape must be a tuple of at most 32"),
    ],
)
def test_dtypes_and_shapes_that_numpy_lacks_are_refused(tmp_path, tensor, message):
    (tmp_path / "w.safetensors").write_bytes(safetensors_bytes(json.dumps({"w": tensor})))
    with pytest.raises(CheckpointError, match=message):
        read_state_dict(tmp_path / "w.safetensors")


@pytest.mark.parametrize("shape", [[0, 2**60], [0, 2**40, 2**40]])
def test_huge_empty_shapes_are_refused(tmp_path, shape):
    header = {"v": entry(0, 16, [4]), "w": entry(16, 16, shape)}
    (tmp_path / "w.safetensors").write_bytes(safetensors_bytes(json.dumps(header)))
    with pytest.raises(CheckpointError, match="shape"):
        read_state_dict(tmp_path / "w.safetensors")


@pytest.mark.parametrize("length", [0, 3, 30, 200_000_000, 2**62, 2**64 - 1])
def test_wrong_header_lengths_are_refused(tmp_path, length):
    header = json.dumps({"w": entry(0, 16, [4])})
    (tmp_path / "w.safetensors").write_bytes(safetensors_bytes(header, length=length))
    with pytest.raises(CheckpointError, match=INVALID):
        read_state_dict(tmp_path / "w.safetensors")


def test_every_cut_is_an_error(tmp_path):
    data = safetensors_bytes(json.dumps({"w": entry(0, 16, [4])}))
    for length in range(len(data)):
        (tmp_path / "w.safetensors").write_bytes(data[:length])
        with pytest.raises(CheckpointError, match=INVALID):
            read_state_dict(tmp_path / "w.safetensors")
