import json
import tracemalloc

import numpy as np
import pytest

from keras_mobilevitv3.weights.errors import CheckpointError
from keras_mobilevitv3.weights.file_formats.readers import read_state_dict
from tests.weights.hostile_files import MEMORY_ALLOWED, safetensors_bytes

pytestmark = pytest.mark.once


def entry(begin, end, shape, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def test_file_of_safetensors(tmp_path):
    numpy_io = pytest.importorskip("safetensors.numpy")
    expected = {
        name: np.arange(6).reshape(2, 3).astype(name)
        for name in ["float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint8", "uint32", "bool"]
    }
    expected["empty"], expected["scalar"] = np.zeros((0, 2), "float32"), np.array(3, "float32")
    numpy_io.save_file(expected, tmp_path / "w.safetensors", metadata={"format": "np"})
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
    ("header", "message"),
    [
        ({"w": entry(0, 16, [5])}, "needs 20 bytes"),
        ({"w": entry(16, 0, [4])}, "needs 16 bytes"),
        ({"w": entry(8, 24, [4])}, "ends at byte 24"),
        ({"w": entry(-4, 12, [4])}, "begins at byte -4"),
        ({"w": entry(0, 12, [3]), "v": entry(8, 16, [2])}, "before the tensor below"),
        ({"w": entry(0, 10**13, [2500, 10**9])}, "ends at byte 10000000000000"),
        ({"w": entry(0, 10**13, [2500, 10**9], "I8"), "v": entry(0, 0, [0])}, "needs 2500000000000 bytes"),
        ({"w": entry(0, 10**13, [10**13], "I8")}, "ends at byte 10000000000000"),
        ({"w": entry(0, 16, [-4])}, "dimension"),
        ({"w": entry(0, 16, [4.0])}, "dimension"),
        ({"w": entry(0.0, 16.0, [4])}, "two integers"),
        ({"w": entry(0, 16, [4], "F8_E4M3")}, "F8_E4M3"),
        ({"w": entry(0, 16, [4], ["F32"])}, "dtype"),
        ({"w": {"dtype": "F32", "shape": [4]}}, "must have"),
        ({"w": 3}, "must have"),
        ([], "JSON object"),
        ('{"w": 1, "w": 2}', "twice"),
        ("{", "must be JSON"),
        ("[" * 100_000, "must be JSON"),
        ('{"w": ' + "9" * 5000 + "}", "w"),
        ("\ud800", "must be JSON"),
    ],
)
def test_headers_that_are_refused(tmp_path, header, message):
    header = header if isinstance(header, str) else json.dumps(header)
    path = tmp_path / "w.safetensors"
    encoded = header.encode("utf-8", "surrogatepass")
    path.write_bytes(len(encoded).to_bytes(8, "little") + encoded + bytes(16))
    tracemalloc.start()
    with pytest.raises(CheckpointError, match=message) as error:
        read_state_dict(path)
    assert tracemalloc.get_traced_memory()[1] < MEMORY_ALLOWED and str(path) in str(error.value)
    tracemalloc.stop()


@pytest.mark.parametrize("length", [0, 3, 30, 200_000_000, 2**62, 2**64 - 1])
def test_wrong_header_lengths_are_refused(tmp_path, length):
    header = json.dumps({"w": entry(0, 16, [4])})
    (tmp_path / "w.safetensors").write_bytes(safetensors_bytes(header, length=length))
    with pytest.raises(CheckpointError, match="header"):
        read_state_dict(tmp_path / "w.safetensors")


def test_every_cut_is_an_error(tmp_path):
    data = safetensors_bytes(json.dumps({"w": entry(0, 16, [4])}))
    for length in range(len(data)):
        (tmp_path / "w.safetensors").write_bytes(data[:length])
        with pytest.raises(CheckpointError):
            read_state_dict(tmp_path / "w.safetensors")
