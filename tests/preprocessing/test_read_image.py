import sys

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from keras_mobilevitv3.preprocessing import read_image

pytestmark = pytest.mark.once


def photo(height=5, width=7):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype="uint8")


@pytest.mark.parametrize("kind", [str, lambda path: path], ids=["str", "PathLike"])
def test_png_is_read_exactly(tmp_path, kind):
    path = tmp_path / "photo.png"
    Image.fromarray(photo()).save(path)
    result = read_image(kind(path))
    assert result.dtype == np.uint8
    np.testing.assert_array_equal(result, photo())


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_other_modes_become_rgb(tmp_path, mode):
    path = tmp_path / "photo.png"
    Image.fromarray(photo()).convert("L" if mode == "LA" else "RGB").convert(mode).save(path)
    expected = np.asarray(Image.open(path).convert("RGB"))
    np.testing.assert_array_equal(read_image(path), expected)


def test_exif_orientation_is_applied(tmp_path):
    path = tmp_path / "photo.png"
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90 degrees clockwise
    Image.fromarray(photo()).save(path, exif=exif)
    np.testing.assert_array_equal(read_image(path), np.rot90(photo(), -1))


def test_sixteen_bits_are_refused(tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(np.full((4, 4), 40000, "uint16")).save(path)
    with pytest.raises(ValueError, match="8 bits per channel"):
        read_image(path)


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere.jpg"):
        read_image(tmp_path / "nowhere.jpg")


def test_not_an_image(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_text("not a photo")
    with pytest.raises(UnidentifiedImageError, match="photo.jpg"):
        read_image(path)


def test_missing_pillow(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=r"pip install keras-mobilevitv3\[images\]"):
        read_image("photo.jpg")
