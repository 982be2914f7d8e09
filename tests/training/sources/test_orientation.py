import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.training.sources.image_files import write_picture
from training.sources.orientation import stored_form, turn_back, turn_upright, upright_size


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turns_as_pillow_does(tmp_path, orientation):
    path = write_picture(tmp_path / "a.png", (8, 10), orientation)
    stored, upright = np.asarray(Image.open(path)), np.asarray(ImageOps.exif_transpose(Image.open(path)))
    assert stored_form(path) == (8, 10, orientation)
    assert upright_size(path) == upright.shape[:2]
    np.testing.assert_array_equal(turn_upright(stored, orientation), upright)
    np.testing.assert_array_equal(turn_back(upright, orientation), stored)


def test_pictures_without_an_orientation(tmp_path):
    assert stored_form(write_picture(tmp_path / "a.jpg", (8, 10))) == (8, 10, 1)
    assert stored_form(write_picture(tmp_path / "b.jpg", (8, 10), orientation=77)) == (8, 10, 1)
