import collections
import zipfile

import numpy as np
import pytest
from safetensors.numpy import load_file

from keras_mobilevitv3.weights.file_formats.readers import read_state_dict
from keras_mobilevitv3.weights.file_formats.writers import write_state_dict
from tests.reference_arrays import uniform

pytestmark = pytest.mark.once

TENSORS = {
    "conv.weight": uniform("a", (4, 3, 2, 2)),
    "transposed": uniform("b", (5, 3)).T,
    "double": np.linspace(0, 1, 7),
    "half": np.float16([0.5, 2]),
    "empty": np.zeros((0, 3), "float32"),
    "scalar": np.float32(3),
    "größe": np.ones((1, 1), "float32"),
}


def check(arrays):
    assert set(arrays) == set(TENSORS)
    for name, expected in TENSORS.items():
        np.testing.assert_array_equal(arrays[name], np.asarray(expected, "float32"))
        assert arrays[name].dtype == np.float32 and arrays[name].shape == np.shape(expected)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_round_trip(tmp_path, suffix):
    path = write_state_dict(TENSORS, tmp_path / f"w{suffix}")
    arrays = read_state_dict(path)
    check(arrays)
    assert list(arrays) == (list(TENSORS) if suffix == ".pt" else sorted(TENSORS))  # safetensors loses the order
    assert [entry.name for entry in tmp_path.iterdir()] == [f"w{suffix}"]


@pytest.mark.parametrize("mmap", [False, True])
def test_torch_reads_the_file(tmp_path, mmap):
    torch = pytest.importorskip("torch")
    path = write_state_dict(TENSORS, tmp_path / "w.pt")
    loaded = torch.load(path, weights_only=True, mmap=mmap)
    assert type(loaded) is collections.OrderedDict and list(loaded) == list(TENSORS)
    check({name: tensor.numpy() for name, tensor in loaded.items()})


def test_safetensors_reads_the_file(tmp_path):
    check(load_file(write_state_dict(TENSORS, tmp_path / "w.safetensors")))


def test_records_are_aligned_and_the_file_is_reproducible(tmp_path):
    path = write_state_dict(TENSORS, tmp_path / "w.pt")
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        for entry in archive.infolist():
            with archive.open(entry) as record:
                assert record._orig_compress_start % 64 == 0
    assert path.read_bytes() == write_state_dict(TENSORS, tmp_path / "v.pt").read_bytes()


def test_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "w.pt"
    path.write_bytes(b"old")
    monkeypatch.setattr("os.replace", lambda *paths: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_state_dict(TENSORS, path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["w.pt"] and path.read_bytes() == b"old"


def test_unknown_suffix_lists_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match=r"\.pt, \.safetensors.*w\.bin"):
        write_state_dict(TENSORS, tmp_path / "w.bin")


@pytest.mark.parametrize("value", [np.arange(3), np.array(["a"]), np.array([None])])
def test_only_floating_point_is_written(tmp_path, value):
    with pytest.raises(ValueError, match="floating-point.*'w'"):
        write_state_dict({"w": value}, tmp_path / "w.pt")
    assert not list(tmp_path.iterdir())
