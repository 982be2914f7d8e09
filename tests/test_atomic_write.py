from pathlib import Path

import pytest

from keras_mobilevitv3.atomic_write import atomic_write

pytestmark = pytest.mark.once


def test_file(tmp_path):
    path = tmp_path / "a.weights.h5"
    path.write_text("old")
    with atomic_write(path) as unfinished:
        assert unfinished.parent == tmp_path and unfinished.name.endswith(".a.weights.h5")
        unfinished.write_text("new")
        assert path.read_text() == "old"
    assert [(entry.name, entry.read_text()) for entry in tmp_path.iterdir()] == [("a.weights.h5", "new")]


@pytest.mark.parametrize("write", [lambda path: path.write_text("half"), lambda path: path.mkdir(), lambda path: None])
def test_error(tmp_path, write):
    with pytest.raises(OSError, match="full"), atomic_write(tmp_path / "a") as unfinished:
        write(unfinished)
        raise OSError("the disk is full")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_stands_there_stays(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "old").touch()
    for write in (Path.touch, Path.mkdir):
        with (
            pytest.raises(IsADirectoryError, match="a folder with this name"),
            atomic_write(tmp_path / "a") as unfinished,
        ):
            write(unfinished)
    assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*"))] == ["a", "a/old"]
