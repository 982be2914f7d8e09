import pytest

from keras_mobilevitv3.export.staged_files import staged_files

pytestmark = pytest.mark.once


def test_files_and_folders_take_their_places(tmp_path):
    folder = tmp_path / "a" / "b"
    for text in ("old", "new"):
        with staged_files(folder) as staging:
            assert list(staging.iterdir()) == []
            (staging / "file").write_text(text)
            (staging / "inner").mkdir()
            (staging / "inner" / text).write_text(text)
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*")} == {"file", "inner", "inner/new"}
    assert (folder / "file").read_text() == "new"


def test_nothing_is_left_after_an_error(tmp_path):
    (tmp_path / "other").write_text("other")
    with pytest.raises(OSError, match="full"), staged_files(tmp_path / "a" / "b") as staging:
        (staging / "file").write_text("half")
        raise OSError("the disk is full")
    assert [path.name for path in tmp_path.iterdir()] == ["other"]
