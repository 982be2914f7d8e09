import contextlib
import tracemalloc
import zipfile

import numpy as np
import pytest

from keras_mobilevitv3.weights.errors import CheckpointError
from keras_mobilevitv3.weights.file_formats.readers import read_state_dict
from tests.reference_arrays import uniform
from tests.weights.hostile_files import MEMORY_ALLOWED, Call, integer, tensor_pickle, text, write_torch_file

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


def saved(torch, value, tmp_path):
    torch.save(value, tmp_path / "w.pt")
    return read_state_dict(tmp_path / "w.pt")


def test_file_of_torch(torch, tmp_path):
    module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Linear(4, 5))
    arrays = saved(torch, module.state_dict(), tmp_path)
    expected = {key: value for key, value in module.state_dict().items() if key != "1.num_batches_tracked"}
    assert list(arrays) == list(expected)
    for key, value in expected.items():
        np.testing.assert_array_equal(arrays[key], value.numpy())
        assert arrays[key].dtype == np.float32 and arrays[key].flags["C_CONTIGUOUS"]


def test_views_of_one_storage(torch, tmp_path):
    base = torch.from_numpy(uniform("base", (6, 4)))
    tensors = {"base": base, "transposed": base.T, "row": base[2], "column": base[:, 1], "corner": base[1::2, 2:]}
    arrays = saved(torch, {**tensors, "scalar": base[3, 3], "empty": base[:0]}, tmp_path)
    for key, value in tensors.items():
        np.testing.assert_array_equal(arrays[key], value.numpy())
        assert arrays[key].flags["C_CONTIGUOUS"] and not np.shares_memory(arrays[key], arrays["base"]) or key == "base"
    assert arrays["scalar"].shape == () and arrays["scalar"] == base[3, 3].item() and arrays["empty"].shape == (0, 4)


def test_every_dtype(torch, tmp_path):
    names = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"]
    tensors = {name: torch.tensor([0, 1, 100]).to(getattr(torch, name)) for name in names}
    arrays = saved(torch, tensors, tmp_path)
    for name, tensor in tensors.items():
        expected = tensor.float() if name == "bfloat16" else tensor
        np.testing.assert_array_equal(arrays[name], expected.numpy())
        assert arrays[name].dtype == expected.numpy().dtype


def test_parameters(torch, tmp_path):
    arrays = saved(torch, {"w": torch.nn.Parameter(torch.ones(2, 3))}, tmp_path)
    np.testing.assert_array_equal(arrays["w"], np.ones((2, 3)))


@pytest.mark.parametrize("wrapper", ["state_dict", "model_state_dict", "ema_model_state_dict", "model"])
def test_wrapped_state_dict(torch, tmp_path, wrapper):
    arrays = saved(torch, {"epoch": 3, wrapper: {"w": torch.ones(2)}, "optim": {0: [1.0]}}, tmp_path)
    assert list(arrays) == ["w"]


def test_averaged_weights_are_preferred(torch, tmp_path):
    value = {"model_state_dict": {"w": torch.zeros(2)}, "ema_model_state_dict": {"w": torch.ones(2)}}
    np.testing.assert_array_equal(saved(torch, value, tmp_path)["w"], [1, 1])


def test_other_objects_of_torch(torch, tmp_path):
    value = {"model": {"w": torch.ones(2)}, "dtype": torch.float32, "size": torch.Size([1]), "on": torch.device("cpu")}
    assert list(saved(torch, value, tmp_path)) == ["w"]


def test_older_format_says_what_to_do(torch, tmp_path):
    torch.save({"w": torch.ones(2)}, tmp_path / "w.pt", _use_new_zipfile_serialization=False)
    with pytest.raises(CheckpointError, match=r"w\.pt.*Save it again .* torch>=1\.6"):
        read_state_dict(tmp_path / "w.pt")


def test_file_by_hand(tmp_path):
    path = write_torch_file(tmp_path / "w.pth", tensor_pickle((2, 2), (1, 2)))
    np.testing.assert_array_equal(read_state_dict(path)["w"], [[0, 2], [1, 3]])


def test_big_endian_file(tmp_path):
    records = {"0": np.arange(4, dtype=">f4").tobytes()}
    path = write_torch_file(tmp_path / "w.pt", tensor_pickle((4,), (1,)), records, byteorder=b"big")
    np.testing.assert_array_equal(read_state_dict(path)["w"], [0, 1, 2, 3])


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        ({"shape": (2, 2), "strides": (1, 1)}, "overlap"),
        ({"shape": (5,), "strides": (1,)}, "needs 5 elements"),
        ({"shape": (2,), "strides": (1,), "offset": 3}, "needs 5 elements"),
        ({"shape": (2,), "strides": (-1,), "offset": 1}, "integers in"),
        ({"shape": (2,), "strides": (1,), "offset": -1}, "integers in"),
        ({"shape": (-2,), "strides": (1,)}, "dimension"),
        ({"shape": (2500, 10**9), "strides": (10**9, 1)}, "times the"),
        ({"shape": (2500, 10**9), "strides": (10**9, 1), "count": 25 * 10**11}, "times the"),
        ({"shape": (4,), "strides": (1,), "count": 5}, "should have 20 bytes, but it has 16"),
        ({"shape": (4,), "strides": (1,), "count": -1}, "should have -4 bytes"),
        ({"shape": (4,), "strides": (1,), "count": 3}, "needs 4 elements, its storage has 3"),
        ({"shape": (4,), "strides": (1,), "key": "1"}, "lacks"),
        ({"shape": (4,), "strides": (1,), "key": "../data.pkl"}, "lacks"),
        ({"shape": (4,), "strides": (1,), "storage": "QInt8Storage"}, "QInt8Storage"),
    ],
)
def test_tensors_that_are_refused(tmp_path, layout, message):
    path = write_torch_file(tmp_path / "w.pt", tensor_pickle(**layout))
    tracemalloc.start()
    with pytest.raises(CheckpointError, match=message) as error:
        read_state_dict(path)
    assert tracemalloc.get_traced_memory()[1] < MEMORY_ALLOWED and str(path) in str(error.value)
    tracemalloc.stop()


def test_nothing_is_called(tmp_path):
    pickle, os = __import__("pickle"), __import__("os")
    marker = tmp_path / "ran"
    path = write_torch_file(tmp_path / "w.pt", pickle.dumps({"w": Call(os.system, f"touch {marker}")}, 2))
    with pytest.raises(CheckpointError, match=r"system"):
        read_state_dict(path)
    assert not marker.exists()


def test_storages_shared_too_often_are_refused(tmp_path):
    body = tensor_pickle((4096,), (1,), count=4096)
    tensor = body[len(b"\x80\x02}" + text("w")) : -2]
    many = b"".join(text(f"w{index}") + tensor + b"s" for index in range(1000))
    path = write_torch_file(tmp_path / "w.pt", b"\x80\x02}" + many + b".", {"0": bytes(4 * 4096)})
    with pytest.raises(CheckpointError, match="8 times"):
        read_state_dict(path)


def test_compressed_bomb_is_refused(tmp_path):
    pickled = tensor_pickle((10**7,), (1,), count=10**7)
    path = write_torch_file(tmp_path / "w.pt", pickled, {"0": bytes(4 * 10**7)}, zipfile.ZIP_DEFLATED)
    tracemalloc.start()
    with pytest.raises(CheckpointError, match="must be stored"):
        read_state_dict(path)
    assert tracemalloc.get_traced_memory()[1] < MEMORY_ALLOWED
    tracemalloc.stop()


def test_entries_on_top_of_each_other_are_refused(tmp_path):
    path = write_torch_file(tmp_path / "w.pt", tensor_pickle((4,), (1,)), {str(key): bytes(999) for key in range(9)})
    data = path.read_bytes()
    central = data.index(b"PK\x01\x02")
    sizes = (999).to_bytes(4, "little") * 2
    path.write_bytes(data[:central] + data[central:].replace(sizes, (5000).to_bytes(4, "little") * 2))
    with pytest.raises(CheckpointError, match="zip entries claim"):
        read_state_dict(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_duplicate_entries_are_refused(tmp_path):
    path = write_torch_file(tmp_path / "w.pt", tensor_pickle((4,), (1,)))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("archive/data/0", bytes(16))
    with pytest.raises(CheckpointError, match="different names"):
        read_state_dict(path)


def test_other_zip_files_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "w.pt", "w") as archive:
        archive.writestr("readme.txt", "not a checkpoint")
    with pytest.raises(CheckpointError, match=r"expected one `<name>/data.pkl`"):
        read_state_dict(tmp_path / "w.pt")


@pytest.mark.parametrize("value", [b"]", b"}" + text("w") + b"]s", b"}" + integer(3) + b"]s", b"N"])
def test_other_content_is_refused(tmp_path, value):
    path = write_torch_file(tmp_path / "w.pt", b"\x80\x02" + value + b".")
    with pytest.raises(CheckpointError, match="expected"):
        read_state_dict(path)


def test_every_cut_and_any_flipped_byte_is_an_error_or_harmless(tmp_path):
    path = write_torch_file(tmp_path / "w.pt", tensor_pickle((4,), (1,)))
    data = path.read_bytes()
    for length in range(len(data)):
        path.write_bytes(data[:length])
        with pytest.raises(CheckpointError):
            read_state_dict(path)
    for position in range(len(data)):
        for flipped in (0x01, 0xFF):
            path.write_bytes(data[:position] + bytes([data[position] ^ flipped]) + data[position + 1 :])
            with contextlib.suppress(CheckpointError):
                read_state_dict(path)
