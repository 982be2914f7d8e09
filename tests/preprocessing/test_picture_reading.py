import sys

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from keras_mobilevitv3.preprocessing import read_image
from keras_mobilevitv3.preprocessing.picture_reading import as_image, image_sources
from tests.encoded_pictures import KINDS

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


@pytest.mark.parametrize("kind", KINDS)
def test_as_shown(kind, tmp_path):
    contents, expected = KINDS[kind]()
    (tmp_path / "photo").write_bytes(contents)
    np.testing.assert_array_equal(read_image(tmp_path / "photo"), expected)


def test_the_upper_of_sixteen_bits(tmp_path):
    values = np.array([[0, 255, 256, 40000, 65535]], "uint16")
    Image.fromarray(values).save(tmp_path / "photo.png")
    image = read_image(tmp_path / "photo.png")
    assert image.shape == (1, 5, 3) and image[0, :, 0].tolist() == [0, 0, 1, 156, 255]
    np.testing.assert_array_equal(as_image("`image`", values), image)
    np.testing.assert_array_equal(as_image("`image`", values >> 8), image)


@pytest.mark.parametrize("mode", ["I", "F"])
def test_thirty_two_bits_are_refused(mode, tmp_path):
    Image.fromarray(photo()).convert("L").convert(mode).save(tmp_path / "photo.tif")
    with pytest.raises(ValueError, match=rf"8 or 16 bits per channel.*photo.tif.* mode '{mode}'"):
        read_image(tmp_path / "photo.tif")


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "webp", "bmp"])
def test_a_file_that_is_cut_off_is_named(suffix, tmp_path):
    path = tmp_path / f"photo.{suffix}"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 90, 3), "uint8")).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(OSError, match=rf"photo\.{suffix}"):
        read_image(path)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((4, 4, 3), bool), "must hold numbers 0-255. Received: an array of bool"),
        (np.full((4, 4, 3), 300), "must hold pixel values 0-255. Received: values from 300 to 300"),
        (np.full((4, 4), -1), "must hold pixel values 0-255"),
        (np.full((4, 4), np.nan), "must hold pixel values 0-255. Received: values from nan"),
        (np.full((4, 4, 3), 0.5), "must hold pixel values 0-255. Received: floats from 0.5 to 0.5, which look scaled"),
        (np.zeros((3, 4, 4, 3), "uint8"), "must be a path, an image of Pillow, or an array of shape"),
        (np.zeros((4, 4, 2), "uint8"), "must be a path, an image of Pillow, or an array of shape"),
        (np.zeros((0, 4, 3), "uint8"), "must be a path, an image of Pillow, or an array of shape"),
    ],
)
def test_arrays_that_are_no_images(image, message):
    with pytest.raises(ValueError, match=f"`image` {message}"):
        as_image("`image`", image)


def test_one_image_many_and_folders(tmp_path):
    array, picture = photo(), Image.fromarray(photo())
    for name in ("b.png", "a.jpg", ".hidden.png"):
        picture.save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    assert image_sources("`images`", tmp_path) == ([str(tmp_path / "a.jpg"), str(tmp_path / "b.png")], False)
    for one in (array, array[..., 0], picture, tmp_path / "b.png", str(tmp_path / "b.png")):
        (found,), is_one = image_sources("`images`", one)
        assert found is one and is_one
    for many in ([array, picture], (array, picture), np.stack([array, array])):
        found, is_one = image_sources("`images`", many)
        assert len(found) == 2 and not is_one
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="must hold at least one picture. Received: .*empty"):
        image_sources("`images`", tmp_path / "empty")
    for wrong in (None, 3, {"a": array}):
        with pytest.raises(ValueError, match="`images` must be an image or a list of images"):
            image_sources("`images`", wrong)


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
