import pytest

from tests.training.sources.image_files import write_picture
from training.sources.mask_pairs import match_masks


def match(root, pictures, masks, folders=("images", "masks")):
    for folder, names in zip(folders, (pictures, masks)):
        for name in names:
            write_picture(root / folder / name)
    found = match_masks(*(root / folder for folder in folders))
    return [tuple(str(path.relative_to(root)) for path in pair) for pair in zip(*found)]


def test_names_of_masks(tmp_path):
    pictures = ["b.jpg", "a/c.webp", "d.png", "e_sat.jpg", "f.x.jpg"]
    masks = ["b.png", "a/c_mask.png", "d_L.bmp", "e_mask.png", "f.x-gt.tif"]
    assert match(tmp_path, pictures, masks) == [
        ("images/a/c.webp", "masks/a/c_mask.png"),
        ("images/b.jpg", "masks/b.png"),
        ("images/d.png", "masks/d_L.bmp"),
        ("images/e_sat.jpg", "masks/e_mask.png"),
        ("images/f.x.jpg", "masks/f.x-gt.tif"),
    ]


def test_one_folder_of_both(tmp_path):
    names = ["a.png", "b.jpg", "c_image.jpg", "b_mask.png", "c_mask.png", "a_label.png"]
    assert match(tmp_path, names, [], ("data", "data")) == [
        ("data/a.png", "data/a_label.png"),
        ("data/b.jpg", "data/b_mask.png"),
        ("data/c_image.jpg", "data/c_mask.png"),
    ]


@pytest.mark.parametrize(
    ("pictures", "masks", "message"),
    [
        (["a.jpg", "a.png"], ["a.png"], "differ in more than the suffix. .*images/a.jpg' and '.*images/a.png'"),
        (["a.jpg"], ["a.png", "a.bmp"], "differ in more than the suffix. .*masks/a.bmp' and '.*masks/a.png'"),
        (["a.jpg"], ["a_mask.png", "a_gt.png"], "must have one mask. Received: .*images/a.jpg' with .*a_gt.*a_mask"),
        (["a.jpg", "b.jpg"], ["a.png"], "1 files that have no partner: 'b.jpg'"),
        (["a.jpg"], ["a.png", "b.png"], "1 files that have no partner: 'b.png'"),
        (["a.png"], ["a.jpg"], "Masks must be PNG files, .* JPEG change the labels. Received: .*masks/a.jpg"),
    ],
)
def test_no_match(tmp_path, pictures, masks, message):
    with pytest.raises(ValueError, match=message):
        match(tmp_path, pictures, masks)


def test_no_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="Received: no .*images"):
        match(tmp_path, [], [])
