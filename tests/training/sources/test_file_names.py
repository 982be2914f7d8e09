import pytest

from tests.training.sources.image_files import write_picture
from training.sources.file_names import find_file, find_files


def test_names_as_annotation_files_have_them(tmp_path):
    path = write_picture(tmp_path / "images" / "deep" / "a.jpg")
    folders = [tmp_path, tmp_path / "images", tmp_path / "images" / "deep"]
    for name in (
        "a.jpg",
        "deep/a.jpg",
        "deep\\a.jpg",
        "data/images/deep/a.jpg",
        "../images/deep/a.jpg",
        "C:\\data\\a.jpg",
        "/home/other/a.jpg",
    ):
        assert find_file(name, folders).resolve() == path
    assert find_file("b.jpg", folders) is None
    assert find_file("", folders) is None


def test_the_first_folder_counts(tmp_path):
    for name in ("train/a.jpg", "val/a.jpg"):
        write_picture(tmp_path / name)
    assert find_files(["a.jpg"], [tmp_path / "val", tmp_path / "train"], "x") == [tmp_path / "val" / "a.jpg"]


def test_names_without_suffix(tmp_path):
    paths = [write_picture(tmp_path / "images" / name) for name in ("1.5.png", "b.webp")]
    assert find_files(["1.5", "b"], [tmp_path / "none", tmp_path / "images"], "x") == paths
    write_picture(tmp_path / "images" / "b.png")
    with pytest.raises(ValueError, match="differ in more than the suffix.*b.png.*b.webp"):
        find_files(["1.5", "b"], [tmp_path / "images"], "x")


def test_missing_and_repeated_files(tmp_path):
    write_picture(tmp_path / "a.jpg")
    with pytest.raises(ValueError, match="that 'x.json' names must exist. Received: 1 of 2 .*'b.jpg'"):
        find_files(["a.jpg", "b.jpg"], [tmp_path], "x.json")
    with pytest.raises(ValueError, match="must name each picture once. Received: .*a.jpg"):
        find_files(["a.jpg", "c/a.jpg"], [tmp_path], "x.json")
