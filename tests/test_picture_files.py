"""Where the commands that read pictures write, and what they replace."""

import numpy as np
import pytest

from keras_mobilevitv3.commands.picture_files import output_folder, replaced_words, save_picture

pytestmark = pytest.mark.once
Image = pytest.importorskip("PIL.Image")
ENDINGS = ("_mask.png", "_overlay.png")


@pytest.fixture
def photo(tmp_path):
    Image.fromarray(np.zeros((4, 4, 3), "uint8")).save(tmp_path / "a.png")
    return tmp_path / "a.png"


def test_a_new_folder_is_made(photo, tmp_path):
    folder = output_folder([photo], tmp_path / "new" / "out", ENDINGS, ["results.json"])
    assert folder == tmp_path / "new" / "out" and list(folder.iterdir()) == []


def test_pictures_to_read_are_not_replaced(photo, tmp_path):
    Image.new("P", (4, 4)).save(tmp_path / "a_mask.png")
    with pytest.raises(ValueError, match=r"a_mask\.png', a picture to read, would be replaced"):
        output_folder([photo, tmp_path / "a_mask.png"], tmp_path, ENDINGS)
    assert output_folder([photo], tmp_path, ENDINGS) == tmp_path  # a mask of a former command


@pytest.mark.parametrize(("name", "found"), [("a_mask.png", "a text file"), ("results.json", "a text file")])
def test_files_of_another_kind_are_not_replaced(photo, tmp_path, name, found):
    (tmp_path / name).write_text("notes")
    with pytest.raises(FileExistsError, match=f"{name}' must be .*Received: {found}"):
        output_folder([photo], tmp_path, ENDINGS, ["results.json"])


def test_no_overwrite(photo, tmp_path):
    Image.new("P", (4, 4)).save(tmp_path / "a_overlay.png")
    with pytest.raises(FileExistsError, match=r"a_overlay\.png' exists"):
        output_folder([photo], tmp_path, ENDINGS, overwrite=False)


def test_a_replaced_picture_is_told(tmp_path):
    picture = Image.new("RGB", (4, 4))
    assert not save_picture(picture, tmp_path / "a.png")
    assert save_picture(picture, tmp_path / "a.png")
    with pytest.raises(FileExistsError):
        save_picture(picture, tmp_path / "a.png", overwrite=False)
    assert replaced_words([tmp_path / "a.png"]) == " (replaced: a.png)" and replaced_words([]) == ""
