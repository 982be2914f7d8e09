import logging
import resource

import numpy as np
import pytest

from keras_mobilevitv3.weights.errors import CheckpointError
from training.resume.checkpoints import Checkpoints

pytestmark = pytest.mark.once

ARRAYS = {"model/0": np.arange(6, dtype="float32").reshape(2, 3), "optimizer/0": np.array(7)}


def saved(folder, steps=(10, 20, 30)):
    checkpoints = Checkpoints(folder / "checkpoints")
    for step in steps:
        checkpoints.save(step, {"epoch": 1, "step": step}, ARRAYS)
    return checkpoints


def test_round_trip(tmp_path):
    checkpoints = saved(tmp_path)
    position, arrays = checkpoints.load()
    assert position == {"epoch": 1, "step": 30}
    assert set(arrays) == set(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype


def test_only_two_are_kept(tmp_path):
    folder = saved(tmp_path).folder
    assert sorted(path.name for path in folder.iterdir()) == ["step-00000020.npz", "step-00000030.npz"]


def test_damaged_ones_before_which_the_run_went_on_do_not_count(tmp_path):
    checkpoints = saved(tmp_path)
    checkpoints.paths()[0].write_bytes(b"")
    for step in (21, 22):
        checkpoints.save(step, {"epoch": 1, "step": step}, ARRAYS)
        assert [path.name for path in checkpoints.paths()] == [f"step-{number:08}.npz" for number in (step, step - 1)]


@pytest.mark.parametrize("position", [{"epoch": 1}, [], None, 3])
def test_a_position_of_something_else_falls_back(tmp_path, position):
    checkpoints = saved(tmp_path)
    checkpoints.save(40, position, ARRAYS)
    assert checkpoints.load()[0]["step"] == 30


def test_what_a_killed_process_was_writing_is_removed(tmp_path):
    checkpoints = saved(tmp_path)
    unfinished = checkpoints.folder / f"{'0a' * 16}.step-00000040.npz"
    other = checkpoints.folder / "copy.step-00000040.npz"
    for path in (unfinished, other):
        path.write_text("half")
    checkpoints.remove_unfinished()
    assert not unfinished.exists() and other.exists() and len(checkpoints.paths()) == 2


def test_nothing_there(tmp_path):
    assert Checkpoints(tmp_path / "none").load() is None


@pytest.mark.parametrize("length", [0, 1, 400, -1])
def test_truncated_newest_falls_back(tmp_path, caplog, length):
    checkpoints = saved(tmp_path)
    newest = checkpoints.paths()[0]
    newest.write_bytes(newest.read_bytes()[:length])
    with caplog.at_level(logging.WARNING):
        position, _ = checkpoints.load()
    assert position["step"] == 20
    assert "Skipped a damaged checkpoint" in caplog.text
    assert newest.name in caplog.text


def test_flipped_bit_falls_back(tmp_path):
    checkpoints = saved(tmp_path)
    newest = checkpoints.paths()[0]
    data = bytearray(newest.read_bytes())
    data[data.index(ARRAYS["model/0"].tobytes()) + 5] ^= 1
    newest.write_bytes(data)
    assert checkpoints.load()[0]["step"] == 20


def test_all_damaged(tmp_path):
    checkpoints = saved(tmp_path)
    for path in checkpoints.paths():
        path.write_bytes(b"")
    with pytest.raises(CheckpointError, match="All checkpoints in .* are damaged: remove the folder"):
        checkpoints.load()


@pytest.fixture
def small_files():
    """The system refuses to write more than 2000 bytes to a file; Python ignores the signal that comes with it."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_no_room_says_so_and_loses_nothing(tmp_path, small_files):
    """A real write that the system refuses in the middle of a file."""
    checkpoints = saved(tmp_path)
    before = {path.name: path.read_bytes() for path in checkpoints.paths()}
    message = "step-00000040.npz' cannot be written: File too large. Older ones are whole: step-00000030"
    with pytest.raises(CheckpointError, match=message):
        checkpoints.save(40, {}, {"model/0": np.zeros(1000)})
    assert {path.name: path.read_bytes() for path in checkpoints.folder.iterdir()} == before
