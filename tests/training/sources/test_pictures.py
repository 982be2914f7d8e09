import logging
from collections import defaultdict

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.training.sources.image_files import truncate, write_picture
from training.sources.pictures import (
    find_pictures,
    is_picture,
    log_left_out,
    picture_suffixes,
    read_picture,
    some,
    without_copies,
)
from training.sources.source import UnreadableSampleError


def test_formats_that_pillow_decodes():
    assert {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".ppm"} <= picture_suffixes()
    assert not {".pdf", ".h5", ".mpg", ".txt"} & picture_suffixes()
    assert is_picture("a/B.WEBP") and not is_picture("a/webp")


def test_hidden_files_are_left_out_and_others_are_named(tmp_path, caplog):
    kept = [write_picture(tmp_path / name) for name in ("a.jpg", "b/c.webp", "b/d/e.TIFF", "x (1).jpg")]
    for name in ("._a.jpg", ".hidden/f.jpg", "__MACOSX/a.jpg", "b/.DS_Store", "Thumbs.db"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    for name in ("a.heic", "b.HEIC", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    others = defaultdict(list)
    assert find_pictures(tmp_path, others) == kept
    with caplog.at_level(logging.WARNING):
        log_left_out(tmp_path, others)
    assert caplog.messages == [f"{tmp_path}: left out 3 files: 2 .heic ('a.heic', 'b.HEIC'), 1 .txt ('notes.txt')"]


def test_copies_of_file_managers_are_left_out(tmp_path):
    original, other = write_picture(tmp_path / "a.png"), write_picture(tmp_path / "b (2).png", (9, 11))
    for name in ("a (1).png", "a - Copy.png", "a copy 2.png"):
        (tmp_path / name).write_bytes(original.read_bytes())
    differs = write_picture(tmp_path / "a (3).png", (5, 7))
    left_out = defaultdict(list)
    paths = sorted(tmp_path.iterdir())
    assert set(without_copies(paths, left_out)) == {original, other, differs}
    assert sorted(left_out["copies"]) == ["a (1).png", "a - Copy.png", "a copy 2.png"]


def test_linked_folders_are_followed_once(tmp_path):
    path = write_picture(tmp_path / "real" / "a.png")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(tmp_path / "real")
    (tmp_path / "real" / "up").symlink_to(root)
    assert [each.resolve() for each in find_pictures(root, defaultdict(list))] == [path]


def test_pictures_are_upright(tmp_path):
    path = write_picture(tmp_path / "a.png", (8, 10), orientation=6)
    image = read_picture(path)
    assert image.shape == (10, 8, 3)
    np.testing.assert_array_equal(image, ImageOps.exif_transpose(Image.open(path)))


@pytest.mark.parametrize("kind", ["truncated", "text", "missing"])
def test_unreadable(tmp_path, kind):
    path = tmp_path / "a.jpg"
    if kind != "missing":
        write_picture(path, (80, 80))
    if kind == "truncated":
        truncate(path)
    if kind == "text":
        path.write_text("no image")
    with pytest.raises(UnreadableSampleError, match=r"a\.jpg' cannot be read"):
        read_picture(path)


def test_some_names():
    assert some([]) == "none"
    assert some("abcdefg") == "'a', 'b', 'c', 'd', 'e' and 2 more"
