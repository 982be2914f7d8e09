import errno

import numpy as np
import pytest

from keras_mobilevitv3.weights.errors import CheckpointError
from keras_mobilevitv3.weights.file_formats.readers import read_state_dict
from keras_mobilevitv3.weights.file_formats.writers import write_state_dict

pytestmark = pytest.mark.once


def test_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent.pt") as error:
        read_state_dict(tmp_path / "absent.pt")
    assert error.value.errno == errno.ENOENT and error.value.filename == str(tmp_path / "absent.pt")


def test_unknown_suffix_lists_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match=r"\.pt, \.pth, \.pdparams, \.safetensors.*weights\.bin"):
        read_state_dict(tmp_path / "weights.bin")


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".pdparams", ".safetensors"])
@pytest.mark.parametrize("data", [b"", b"<html>not found</html>", b"PK\x03\x04", bytes(100)])
def test_other_content_is_a_checkpoint_error_that_names_the_file(tmp_path, suffix, data):
    path = tmp_path / f"w{suffix}"
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="expected|header") as error:
        read_state_dict(path)
    assert str(path) in str(error.value) and isinstance(error.value, ValueError)


def test_suffix_in_capitals_and_string_path(tmp_path):
    write_state_dict({"w": np.float32([1])}, tmp_path / "w.pt").rename(tmp_path / "w.PT")
    assert read_state_dict(str(tmp_path / "w.PT"))["w"] == 1


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_data_parallel_prefix_and_batch_counters_are_dropped(tmp_path, suffix):
    one = np.ones(1, "float32")
    names = ["module.conv.weight", "module.norm.num_batches_tracked", "module.module.bias"]
    path = write_state_dict(dict.fromkeys(names, one), tmp_path / f"w{suffix}")
    assert list(read_state_dict(path)) == ["conv.weight", "module.bias"]


def test_prefix_of_some_names_stays(tmp_path):
    path = write_state_dict({"module.a": np.ones(1), "b": np.ones(1)}, tmp_path / "w.pt")
    assert list(read_state_dict(path)) == ["module.a", "b"]
