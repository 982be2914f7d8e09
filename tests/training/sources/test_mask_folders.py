import numpy as np
import pytest
from PIL import Image

from tests.training.sources.mask_images import encode_png, labels, write_pairs
from training.sources.mask_folders import mask_folder_sources

SIZE = (6, 40)


def write(root, layout, names="abcdef", make_mask=Image.fromarray, classes=3):
    """Writes pictures and masks in folders given as `pictures:masks`, and the file of class names."""
    (root / "classes.txt").write_text("\n".join("xyz"[:classes]))
    for folders in layout.split():
        pictures, masks = (root / folder for folder in folders.split(":"))
        write_pairs(pictures, masks, names, make_mask, SIZE, classes)


@pytest.mark.parametrize(
    "layout",
    [
        "train/images:train/masks val/images:val/masks",
        "train/images:train/masks valid/images:valid/masks test/images:test/masks",
        "Train/Image:Train/Label Test/Image:Test/Label",
        "images/train:masks/train images/val:masks/val",
        "images/training:annotations/training images/validation:annotations/validation",
        "train:train_labels val:val_labels",
        "train:trainannot val:valannot",
    ],
)
def test_layouts_with_a_split(tmp_path, layout):
    write(tmp_path, layout)
    sources = mask_folder_sources(tmp_path)
    for source, folders in zip(sources, layout.split()):
        assert source.class_names == ("x", "y", "z")
        assert len(source) == 6
        assert all(path.startswith(f"{tmp_path}/{folders.split(':')[0]}/") for path in source.image_paths)
        np.testing.assert_array_equal(source.load(2)[1], labels(3, SIZE, 2))


def test_pictures_and_masks_in_one_folder(tmp_path):
    for split in ("train", "val"):
        write(tmp_path, f"{split}:{split}_masks")
        for path in (tmp_path / f"{split}_masks").iterdir():
            path.rename(tmp_path / split / f"{path.stem}_mask.png")
        (tmp_path / f"{split}_masks").rmdir()
    for source in mask_folder_sources(tmp_path):
        assert [path.rsplit("/", 1)[1] for path in source.mask_paths] == [f"{name}_mask.png" for name in "abcdef"]


@pytest.mark.parametrize(
    "layout", ["images:masks", "JPEGImages:SegmentationClass", "train/images:train/masks", "train:train_masks"]
)
def test_without_a_split(tmp_path, layout):
    write(tmp_path, layout)
    train, validation = mask_folder_sources(tmp_path, 0.4)
    assert (len(train), len(validation)) == (4, 2)
    for source in (train, validation):
        for reference in source.references():
            number = "abcdef".index(source.name(reference)[-5])
            np.testing.assert_array_equal(source.load(reference)[1], labels(3, SIZE, number))


def test_export_of_roboflow(tmp_path):
    for split in ("train", "valid"):
        write(tmp_path, f"{split}:{split}")
        for name in "abcdef":
            mask = (tmp_path / split / f"{name}.png").rename(tmp_path / split / f"{name}_mask.png")
        assert mask.is_file()
        (tmp_path / split / "_classes.csv").write_text("Pixel Value, Class\n0, x\n2, z\n1, y\n")
    (tmp_path / "classes.txt").unlink()
    train, validation = mask_folder_sources(tmp_path)
    assert (len(train), len(validation), train.class_names) == (6, 6, ("x", "y", "z"))


def test_colors(tmp_path):
    colors = np.array([(0, 0, 0), (0, 200, 0), (255, 255, 255)], "uint8")
    write(tmp_path, "images:masks", make_mask=lambda mask: Image.fromarray(colors[mask]))
    with pytest.raises(ValueError, match="all fail. Received: .*labels, not colors"):
        mask_folder_sources(tmp_path)
    (tmp_path / "classes.txt").write_text("x 0 0 0\ny 0 200 0\nvoid 255 255 255\n")
    train, _ = mask_folder_sources(tmp_path)
    assert (train.class_names, np.unique(train.load(0)[1]).tolist()) == (("x", "y"), [0, 1, 255])


def black_and_white(mask):
    return Image.fromarray((255 * (mask > 0)).astype("uint8"))


def test_black_and_white_masks(tmp_path, caplog):
    write(tmp_path, "images:masks", make_mask=black_and_white, classes=2)
    for source in mask_folder_sources(tmp_path):
        assert np.unique(source.load(0)[1]).tolist() == [0, 1]
    assert f"{tmp_path}: masks have 0 and 255, so 255 is the class 'y'" in caplog.messages


def test_void_in_masks_of_two_classes(tmp_path):
    def with_void(mask):
        mask = mask.copy()
        mask[-1] = 255
        return Image.fromarray(mask)

    write(tmp_path, "images:masks", make_mask=with_void, classes=2)
    for source in mask_folder_sources(tmp_path):
        assert np.unique(source.load(0)[1]).tolist() == [0, 1, 255]


def test_ambiguous_masks(tmp_path):
    write(tmp_path, "images:masks", make_mask=black_and_white, classes=2)
    (tmp_path / "masks" / "c.png").write_bytes(encode_png(Image.fromarray(labels(2, SIZE))))
    with pytest.raises(ValueError, match="0 and 1, or 0 and 255. Received: .*c.png' with 1 and .*png' with 255"):
        mask_folder_sources(tmp_path)
    write(tmp_path, "images:masks", make_mask=black_and_white)
    with pytest.raises(ValueError, match="labels of 3 classes, .* with masks of 0 and 255 only"):
        mask_folder_sources(tmp_path)


def test_classes_without_a_pixel_are_told(tmp_path, caplog):
    write(tmp_path, "train/images:train/masks val/images:val/masks", make_mask=lambda mask: Image.fromarray(0 * mask))
    mask_folder_sources(tmp_path)
    assert "the 12 masks read have no pixel of the classes 'y', 'z'" in caplog.text


def test_class_lists(tmp_path):
    with pytest.raises(FileNotFoundError, match="must have a file classes.txt"):
        mask_folder_sources(tmp_path)
    write(tmp_path, "images:masks", classes=1)
    with pytest.raises(ValueError, match="the background included. Received: .*classes.txt' with \\['x'\\]"):
        mask_folder_sources(tmp_path)
