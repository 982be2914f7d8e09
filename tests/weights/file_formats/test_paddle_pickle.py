import contextlib
import pickle
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from keras_mobilevitv3.weights.errors import CheckpointError
from keras_mobilevitv3.weights.file_formats.readers import read_state_dict
from tests.reference_arrays import paddle_parameter, uniform
from tests.weights.hostile_files import MEMORY_ALLOWED, Call, array_pickle

pytestmark = pytest.mark.once

SYNTHETIC = Path(__file__).parents[2] / "data" / "mobilevitv3_xxs_l2.synthetic.pdparams"
NAMES = "StructuredToParameterName@@"
BIG = "UnpackBigParamInfor@@"


def write(path, data):
    path.write_bytes(data if isinstance(data, bytes) else pickle.dumps(data, 4))
    return path


def test_file_of_paddle():
    arrays = read_state_dict(SYNTHETIC)
    assert len(arrays) == 255
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, paddle_parameter(name, array.shape))
        assert array.dtype == np.float32 and array.flags["C_CONTIGUOUS"]
    assert arrays["conv_1.conv.weight"].shape == (16, 3, 3, 3)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("module", ["numpy.core", "numpy._core"])
def test_protocols_and_numpy_versions(tmp_path, protocol, module):
    expected = {
        "c": uniform("c", (3, 4)),
        "fortran": np.asfortranarray(uniform("f", (3, 4))),
        "big": np.arange(5, dtype=">i4"),
        "bytes": np.arange(5, dtype="uint8"),
        "flags": np.array([True, False]),
        "half": np.float16([1.5]),
        "empty": np.zeros((0, 3), "float32"),
        "scalar": np.array(3.0),
        "high": np.frombuffer(bytes(range(256)), "<i8"),
    }
    data = pickle.dumps({**expected, NAMES: {"c": "linear_0.w_0"}}, protocol)
    if protocol < 4:  # later ones store the length of a name, which a rename would have to mend
        data = data.replace(b"numpy._core", b"numpy.core").replace(b"numpy.core", module.encode())
    arrays = read_state_dict(write(tmp_path / "w.pdparams", data))
    assert list(arrays) == list(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype.newbyteorder("=") and arrays[name].flags["C_CONTIGUOUS"]


def test_tensor_as_pair_of_name_and_array(tmp_path):
    value = {"w": ("linear_0.w_0", np.ones(3)), "v": Call(tuple, ("linear_0.b_0", np.zeros(2)))}
    arrays = read_state_dict(write(tmp_path / "w.pdparams", value))
    assert {name: array.tolist() for name, array in arrays.items()} == {"w": [1, 1, 1], "v": [0, 0]}


def test_arrays_in_slices(tmp_path):
    array = uniform("big", (3, 5))
    parts = {f"w@@.{index}": array.ravel()[7 * index : 7 * index + 7] for index in range(3)}
    value = {"v": np.ones(2), **parts, BIG: {"w": {"OriginShape": (3, 5), "slices": list(parts)}}}
    arrays = read_state_dict(write(tmp_path / "w.pdparams", value))
    assert set(arrays) == {"v", "w"}
    np.testing.assert_array_equal(arrays["w"], array)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"w": {"OriginShape": (4,), "slices": ["a", "c"]}}, "lacks"),
        ({"w": {"OriginShape": (4,), "slices": ["a", "a"]}}, "lacks"),
        ({"w": {"OriginShape": (5,), "slices": ["a", "b"]}}, "5 elements"),
        ({"w": {"OriginShape": None, "slices": ["a", "b"]}}, "shape"),
        ({"w": {"OriginShape": (4,), "slices": [("a",)]}}, "must list"),
        ({"w": {"slices": []}}, "must list"),
        ({"w": 3}, "must list"),
        (3, "must be a dict"),
    ],
)
def test_slices_that_are_refused(tmp_path, entry, message):
    path = write(tmp_path / "w.pdparams", {"a": np.ones(2), "b": np.ones(2), BIG: entry})
    with pytest.raises(CheckpointError, match=message):
        read_state_dict(path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (array_pickle((2500, 10**9)), "needs 10000000000000 bytes, but the file holds 16"),
        (array_pickle((2500, 10**9), protocol=2), "needs 10000000000000 bytes, but the file holds 16"),
        (array_pickle((5,)), "needs 20 bytes, but the file holds 16"),
        (array_pickle((3,)), "needs 12 bytes, but the file holds 16"),
        (array_pickle((-4,)), "dimension"),
        (array_pickle("ab"), "shape"),
        (array_pickle((2,), "complex64"), "must be numeric"),
        (array_pickle((2,), "U2"), "must be numeric"),
        (array_pickle((4,), [("a", "f4")]), "must be numeric"),
        (array_pickle((4,), data=[1, 2]), "content is a list"),
        (pickle.dumps({"w": np.array([{}, []], dtype=object)}, 4), "must be numeric"),
        (pickle.dumps({"w": [1.0]}, 4), "`w` is a list"),
        (pickle.dumps({3: np.ones(2)}, 4), "`3` is a"),
        (pickle.dumps([np.ones(2)], 4), "expected a dict"),
        (b"\x80\x02}r\xff\xff\xff\x7f.", "memo index"),
        (b"\x80\x04cnumpy\ndtype\n)" + b"\x85" * 100_000 + b"\x89\x88\x87R.", "must be numeric"),
        (b"PK\x03\x04", "pickle"),
        (b"", "pickle"),
    ],
)
def test_files_that_are_refused(tmp_path, data, message):
    path = write(tmp_path / "w.pdparams", data)
    tracemalloc.start()
    with pytest.raises(CheckpointError, match=message) as error:
        read_state_dict(path)
    assert tracemalloc.get_traced_memory()[1] < MEMORY_ALLOWED and str(path) in str(error.value)
    tracemalloc.stop()


def test_one_buffer_for_many_arrays_is_refused(tmp_path):
    raw = bytes(4096)
    rebuild, arguments = np.zeros(1).__reduce__()[:2]
    state = (1, (1024,), np.dtype("float32"), False, raw)
    value = {f"w{index}": Call(rebuild, *arguments, state=state) for index in range(100)}
    with pytest.raises(CheckpointError, match="more than"):
        read_state_dict(write(tmp_path / "w.pdparams", value))


def test_nothing_is_called(tmp_path):
    marker = tmp_path / "ran"
    path = write(tmp_path / "w.pdparams", {"w": Call(__import__("os").system, f"touch {marker}")})
    with pytest.raises(CheckpointError, match="system"):
        read_state_dict(path)
    assert not marker.exists()


@pytest.mark.parametrize("protocol", [2, 4])
def test_every_cut_and_any_flipped_byte_is_an_error_or_harmless(tmp_path, protocol):
    data = pickle.dumps({"w": np.ones((2, 3), "float32"), "b": np.ones(2), NAMES: {"w": "x"}}, protocol)
    path = tmp_path / "w.pdparams"
    for length in range(len(data)):
        with pytest.raises(CheckpointError):
            read_state_dict(write(path, data[:length]))
    for position in range(len(data)):
        for flipped in (0x01, 0xFF):
            with contextlib.suppress(CheckpointError):
                read_state_dict(write(path, data[:position] + bytes([data[position] ^ flipped]) + data[position + 1 :]))
