import json
import os

import pytest

from keras_mobilevitv3 import overwriting
from keras_mobilevitv3.overwriting import check_file, check_folder, unlisted_entries, written_folder

pytestmark = pytest.mark.once


def write(folder, text="new"):
    (folder / "inner" / "empty").mkdir(parents=True)
    (folder / "file").write_text(text)
    (folder / "inner" / text).write_text(text)


def written(path, text="old"):
    with written_folder(path) as unfinished:
        write(unfinished, text)
    return path


def names(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_files(tmp_path):
    path = tmp_path / "a.png"
    assert not check_file(path)
    path.touch()
    assert check_file(path)  # an empty file, as `tempfile` makes it
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    assert check_file(path)
    with pytest.raises(FileExistsError, match=r"a\.png' exists, and `overwrite` is false"):
        check_file(path, overwrite=False)
    path.write_text("notes")
    with pytest.raises(FileExistsError, match=r"must be a PNG picture to be replaced\. Received: a text file"):
        check_file(path)
    (tmp_path / "other").write_text("of no known suffix")
    assert check_file(tmp_path / "other")
    with pytest.raises(FileExistsError, match="a folder with this name exists"):
        check_file(tmp_path)
    with pytest.raises(NotADirectoryError, match=r"other' is not a folder"):
        check_file(tmp_path / "other" / "deep" / "a.png")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileExistsError, match="no regular file"):
        check_file(tmp_path / "pipe")


def test_a_folder_is_replaced_by_a_whole_one(tmp_path):
    path = written(tmp_path / "a")
    assert check_folder(path)
    with written_folder(path) as unfinished:
        write(unfinished)
        assert (path / "file").read_text() == "old"
    assert names(tmp_path) == {
        "a",
        *(f"a/{name}" for name in ("file", "inner", "inner/empty", "inner/new")),
        "a/manifest.json",
    }
    assert (path / "file").read_text() == "new" and unlisted_entries(path) == []
    assert set(json.loads((path / "manifest.json").read_text())["entries"]) == {
        "file",
        "inner",
        "inner/empty",
        "inner/new",
    }


def test_a_new_and_an_empty_folder(tmp_path):
    assert not check_folder(tmp_path / "a", overwrite=False)
    (tmp_path / "a").mkdir()
    assert not check_folder(tmp_path / "a", overwrite=False)
    written(tmp_path / "a")
    with pytest.raises(FileExistsError, match="replaced only if `overwrite=True`"):
        check_folder(tmp_path / "a", overwrite=False)


def add_file(folder):
    (folder / "inner" / "notes.txt").write_text("of the user")


def change_file(folder):
    (folder / "file").write_text("of the user")


def add_link(folder):
    (folder / "link").symlink_to(folder)


def replace_file_by_folder(folder):
    (folder / "file").unlink()
    (folder / "file").mkdir()


def lose_manifest(folder):
    (folder / "manifest.json").unlink()


def other_manifest(folder):
    (folder / "manifest.json").write_text('{"entries": {"file": null}}')


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (add_file, "inner/notes.txt"),
        (change_file, "file"),
        (add_link, "link"),
        (replace_file_by_folder, "file"),
        (lose_manifest, "file"),
        (other_manifest, "file"),
    ],
)
def test_a_folder_with_something_of_the_user_stays(tmp_path, change, named):
    path = written(tmp_path / "a")
    change(path)
    before = names(tmp_path)
    with pytest.raises(FileExistsError, match=f"can't be replaced: '{named}'"), written_folder(path):
        raise AssertionError("nothing is written")
    assert names(tmp_path) == before


def test_what_comes_into_the_folder_meanwhile_stays(tmp_path):
    path = written(tmp_path / "a")
    with pytest.raises(FileExistsError, match="inner/notes.txt"), written_folder(path) as unfinished:
        write(unfinished)
        add_file(path)
    assert (path / "file").read_text() == "old" and (path / "inner" / "notes.txt").read_text() == "of the user"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_an_error_leaves_the_former_folder(tmp_path, monkeypatch):
    path = written(tmp_path / "a")
    before = names(tmp_path)
    with pytest.raises(OSError, match="full"), written_folder(path) as unfinished:
        write(unfinished)
        raise OSError("the disk is full")
    replace = os.replace

    def refuse(source, target):
        if str(target) == str(path) and "old" not in names(source) and "inner/new" in names(source):
            raise OSError("no permission")
        replace(source, target)

    monkeypatch.setattr(overwriting.os, "replace", refuse)
    with pytest.raises(OSError, match="no permission"), written_folder(path) as unfinished:
        write(unfinished)
    assert names(tmp_path) == before


def test_no_folder(tmp_path):
    (tmp_path / "file").write_text("notes")
    (tmp_path / "link").symlink_to(tmp_path)
    for name, kind in (("file", "file"), ("link", "link")):
        with pytest.raises(FileExistsError, match=f"a {kind} with this name exists"):
            check_folder(tmp_path / name)
