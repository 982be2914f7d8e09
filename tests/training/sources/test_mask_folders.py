from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.training.sources.mask_images import encode_png, labels, palette_image, write_pairs
from training.augment import VOID
from training.data.corrupt_images import CorruptImages
from training.sources.source import epoch_order
from training.sources.mask_folders import MaskFileSource, labels_of, mask_folder_source, mask_folder_sources
from training.data.pipeline import build_epoch
from training.data.segmentation_config import SegmentationDataConfig

NAMES = [f"class {number}" for number in range(21)]


@pytest.mark.parametrize("make_mask", [palette_image, Image.fromarray], ids=["palette", "grayscale"])
def test_images_and_masks_of_one_name(tmp_path, make_mask):
    masks = write_pairs(tmp_path / "images", tmp_path / "masks", ["b", "a/c", "a/b"][:1] + ["c", "a"], make_mask)
    source = mask_folder_source(tmp_path, NAMES)
    assert len(source) == 3
    assert [path.rsplit("/", 1)[1] for path in source.image_paths] == ["a.jpg", "b.jpg", "c.jpg"]
    for reference, mask in zip(source.references(), masks[[2, 0, 1]]):
        image, found = source.load(reference)
        assert image.dtype == tf.string
        np.testing.assert_array_equal(found, mask)


def test_order_of_an_epoch(tmp_path):
    write_pairs(tmp_path / "images", tmp_path / "masks", [f"{number:02}" for number in range(9)], size=(6, 40))
    source = mask_folder_source(tmp_path, NAMES)
    names = [reference["name"].numpy().decode() for reference in source.references(3, 1)]
    assert names == [source.image_paths[index] for index in epoch_order(9, 3, 1)]


def test_labels_from_one():
    mask = tf.constant([[0, 1, 2], [21, 5, 0]], tf.uint8)
    assert labels_of(mask, 21, zero_is_void=True).numpy().tolist() == [[255, 0, 1], [20, 4, 255]]
    assert labels_of(mask, 22).numpy().tolist() == mask.numpy().tolist()
    with pytest.raises(tf.errors.InvalidArgumentError, match="must have labels below 21, the number of classes"):
        labels_of(mask, 21)


def test_mask_with_unknown_labels_counts_as_corrupt(tmp_path):
    write_pairs(tmp_path / "images", tmp_path / "masks", list("abcd"), size=(40, 40))
    (tmp_path / "masks" / "b.png").write_bytes(encode_png(Image.fromarray(labels(22, (40, 40)))))
    (tmp_path / "masks" / "d.png").write_bytes(encode_png(Image.fromarray(labels(9, (39, 40)))))
    source = mask_folder_source(tmp_path, NAMES)
    corrupt = CorruptImages(4, max_share=0.5)
    config = SegmentationDataConfig(image_size=32, batch_size=4, short_side=None, shuffle=False)
    ((images, masks),) = build_epoch(source, replace(config, horizontal_flip=0.0), 0, 0, corrupt=corrupt)
    assert {name.rsplit("/", 1)[1] for name in corrupt.names} == {"b.jpg", "d.jpg"}
    np.testing.assert_array_equal(masks[1], masks[0])


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (Image.fromarray(labels(22, (6, 40))), "labels below 21, the number of classes"),
        (Image.fromarray(labels(21, (7, 40))), "must have the size of its image"),
        (palette_image(labels(21, (6, 40))).convert("RGB"), "must have labels, not colours"),
        (Image.fromarray(labels(21, (6, 40)).astype("uint16")), "must be a PNG file of 8 bits or less"),
    ],
    ids=["labels", "size", "colours", "16 bits"],
)
def test_masks_that_are_all_wrong(tmp_path, mask, message):
    """They are no accidents, and refused at once; see above for some of many."""
    write_pairs(tmp_path / "images", tmp_path / "masks", list("abcd"), lambda _: mask, (6, 40))
    with pytest.raises(ValueError, match=f"the first ones all fail. Received: .*a.png.*{message}"):
        mask_folder_source(tmp_path, NAMES)


def test_folders_of_training_and_evaluation(tmp_path):
    for split, count in (("train", 3), ("val", 2)):
        write_pairs(tmp_path / split / "images", tmp_path / split / "masks", list("abc")[:count], size=(6, 40))
    with pytest.raises(FileNotFoundError, match="must have a file classes.txt"):
        mask_folder_sources(tmp_path)
    (tmp_path / "classes.txt").write_text("\n".join(NAMES) + "\n")
    train, validation = mask_folder_sources(tmp_path)
    assert (len(train), len(validation)) == (3, 2)
    assert train.class_names == validation.class_names == tuple(NAMES)


def test_bad_folders(tmp_path):
    with pytest.raises(FileNotFoundError, match="Received: no .*images"):
        mask_folder_source(tmp_path, NAMES)
    write_pairs(tmp_path / "images", tmp_path / "masks", ["a", "b"], size=(6, 40))
    (tmp_path / "masks" / "b.png").unlink()
    with pytest.raises(ValueError, match=r"1 files that have no partner: \['b'\]"):
        mask_folder_source(tmp_path, NAMES)


def test_bad_arguments():
    with pytest.raises(ValueError, match="must be as many, one or more. Received: 1 images and 0 masks"):
        MaskFileSource(["a"], [], NAMES)
    with pytest.raises(ValueError, match="Received: 'b.png': .*No such file"):
        MaskFileSource(["a.jpg"], ["b.png"], NAMES)
    with pytest.raises(ValueError, match="`class_names` must be 1 to 255 names. Received: 256 names"):
        MaskFileSource(["a"], ["a"], [""] * 256)
    assert VOID == 255
