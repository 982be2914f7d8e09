import numpy as np
import pytest

from keras_mobilevitv3.datasets import class_names
from tests.training.sources.mask_images import write_pairs
from training.sources.pascal_voc import read_list, voc2012_sources

SIZE = (8, 30)


@pytest.fixture
def root(tmp_path):
    """Five images with palette masks, the first two to train on, the last one to evaluate."""
    folder = tmp_path / "VOCdevkit" / "VOC2012"
    write_pairs(
        folder / "JPEGImages", folder / "SegmentationClass", [f"2007_{number}" for number in range(5)], size=SIZE
    )
    lists = folder / "ImageSets" / "Segmentation"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("2007_0\n2007_1\n")
    (lists / "val.txt").write_text("2007_4\n")
    return folder


def masks_of(source):
    return [source.load(reference)[1] for reference in source.references()]


def names_of(paths):
    return ["/".join(path.split("/")[-2:]) for path in paths]


@pytest.mark.parametrize("where", [".", "..", "../.."])
def test_names_alone(root, where):
    train, validation = voc2012_sources(root / where)
    assert names_of(train.image_paths) == ["JPEGImages/2007_0.jpg", "JPEGImages/2007_1.jpg"]
    assert names_of(validation.mask_paths) == ["SegmentationClass/2007_4.png"]
    assert train.class_names == class_names("pascal_voc")
    assert len(train.class_names) == 21
    assert [np.unique(mask).tolist() for mask in masks_of(train)] == [list(range(21))] * 2


def test_augmented_list_of_two_columns(root):
    masks = write_pairs(root / "more", root / "SegmentationClassAug", ["2007_2", "2007_3"], size=SIZE)
    (root / "list").mkdir()
    (root / "list" / "train_aug.txt").write_text(
        "/JPEGImages/2007_2.jpg /SegmentationClassAug/2007_2.png\n"
        "/JPEGImages/2007_3.jpg /SegmentationClassAug/2007_3.png\n"
    )
    (root / "SegmentationClassAug" / "2007_4.png").write_bytes((root / "SegmentationClass" / "2007_4.png").read_bytes())
    train, validation = voc2012_sources(root)
    assert len(validation) == 1
    assert names_of(train.image_paths) == ["JPEGImages/2007_2.jpg", "JPEGImages/2007_3.jpg"]
    np.testing.assert_array_equal(masks_of(train), masks)


def test_images_of_coco_are_added(root):
    masks = write_pairs(root / "coco", root / "coco_voc" / "masks", ["000000000009"], size=SIZE)
    (root / "coco_voc" / "train.txt").write_text("../coco/000000000009.jpg masks/000000000009.png\n")
    train, validation = voc2012_sources(root)
    assert (len(train), len(validation)) == (3, 1)
    np.testing.assert_array_equal(masks_of(train)[2], masks[0])


def test_own_classes(root):
    (root / "classes.txt").write_text("\n".join(f"part {number}" for number in range(21)))
    assert voc2012_sources(root)[1].class_names == tuple(f"part {number}" for number in range(21))


def test_no_lists(root):
    (root / "ImageSets" / "Segmentation" / "val.txt").unlink()
    with pytest.raises(FileNotFoundError, match="There must be one of .*val.txt"):
        voc2012_sources(root)


def test_list_of_three_columns(tmp_path):
    (tmp_path / "list.txt").write_text("a b c\n")
    with pytest.raises(ValueError, match="must have one or two columns"):
        read_list(tmp_path / "list.txt", tmp_path)
