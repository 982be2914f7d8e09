import pytest

from keras_mobilevitv3.exporting.staged_files import staged_files

pytestmark = pytest.mark.once


def test_files_and_folders_take_their_places(tmp_path):
    folder = tmp_path / "a" / "b"
    for text in ("old", "new"):
        with staged_files(folder) as staging:
            assert list(staging.iterdir()) == []
            (staging / "file").write_text(text)
            (staging / "inner").mkdir()
            (staging / "inner" / text).write_text(text)
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    assert names == {"file", "inner", "inner/new", "inner/manifest.json"}
    assert (folder / "file").read_text() == "new"


@pytest.mark.parametrize("name", ["b.onnx", "inner"])
def test_nothing_is_replaced_if_something_stands_in_the_way(tmp_path, name):
    (tmp_path / "a").write_text("old")
    (tmp_path / name).mkdir()
    (tmp_path / name / "of the user").write_text("old")
    with pytest.raises(FileExistsError, match=name), staged_files(tmp_path) as staging:
        (staging / "a").write_text("new")
        (staging / "inner").mkdir()
        (staging / "b.onnx").write_text("new")
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert found == {"a", name, f"{name}/of the user"} and (tmp_path / "a").read_text() == "old"


def test_nothing_is_left_after_an_error(tmp_path):
    (tmp_path / "other").write_text("other")
    with pytest.raises(OSError, match="full"), staged_files(tmp_path / "a" / "b") as staging:
        (staging / "file").write_text("half")
        raise OSError("the disk is full")
    assert [path.name for path in tmp_path.iterdir()] == ["other"]
