import pickle

import numpy as np
import pytest
from PIL import Image

from tests.training.sources.image_files import decoded, truncate, write_picture
from tests.training.sources.mask_images import encode_png, labels, palette_image, write_pairs
from training.augment import VOID
from training.sources.mask_files import MaskFileSource, check_first_samples
from training.sources.orientation import turn_upright
from training.sources.source import UnreadableSampleError

NAMES = [f"class {number}" for number in range(21)]


def source_of(root, names, **arguments):
    paths = ([root / folder / f"{name}.{kind}" for name in names] for folder, kind in (("i", "jpg"), ("m", "png")))
    return MaskFileSource(*paths, NAMES, **arguments)


@pytest.mark.parametrize("make_mask", [palette_image, Image.fromarray], ids=["palette", "grayscale"])
def test_samples(tmp_path, make_mask):
    masks = write_pairs(tmp_path / "i", tmp_path / "m", "ba", make_mask)
    source = pickle.loads(pickle.dumps(source_of(tmp_path, "ba")))
    assert len(source) == 2
    assert source.name(1) == str(tmp_path / "i" / "a.jpg")
    for reference, mask in zip(source.references(), masks):
        image, found = source.load(reference)
        np.testing.assert_array_equal(image, decoded((tmp_path / "i" / f"{'ba'[reference]}.jpg").read_bytes()))
        np.testing.assert_array_equal(found, mask)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["upright", "turned alike", "of the stored pixels"])
def test_turned_pictures(tmp_path, orientation, kind):
    """A mask is upright, turned by EXIF data of its own, or stored as the picture is."""
    stored, (height, width) = labels(9, (40, 51)), (40, 51)
    write_picture(tmp_path / "i" / "a.jpg", (height, width), orientation)
    upright = turn_upright(stored, orientation)
    (tmp_path / "m").mkdir()
    exif = Image.Exif()
    exif[0x0112] = orientation if kind == "turned alike" else 1
    mask = Image.fromarray(upright if kind == "upright" else stored)
    (tmp_path / "m" / "a.png").write_bytes(encode_png(mask, exif=exif))
    image, found = source_of(tmp_path, "a").load(0)
    assert image.shape[:2] == found.shape
    expected = stored if kind == "of the stored pixels" and orientation < 5 else upright  # of the same size
    np.testing.assert_array_equal(found, expected)


def test_black_and_white_masks(tmp_path):
    write_pairs(tmp_path / "i", tmp_path / "m", "ab", lambda mask: Image.fromarray(255 * (mask % 2)))
    (tmp_path / "m" / "b.png").write_bytes(encode_png(Image.fromarray(labels(2))))
    source = source_of(tmp_path, "ab")
    source.foreground = VOID
    np.testing.assert_array_equal(source.load(0)[1], labels(21) % 2)
    with pytest.raises(UnreadableSampleError, match="have 0 and 255. Received: .*b.png' with the value 1"):
        source.load(1)


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (Image.fromarray(labels(22, (6, 40))), "a.png' with the value 21"),
        (Image.fromarray(labels(21, (7, 40))), "must have the size of its image.*a.jpg' of 40x6 .* mask of 40x7"),
        (palette_image(labels(21, (6, 40))).convert("RGB"), "a.png': a mask must have labels, not colors"),
    ],
    ids=["labels", "size", "colors"],
)
def test_masks_that_are_all_wrong(tmp_path, mask, message):
    """They are no accidents, and refused at once; some of many are met later."""
    write_pairs(tmp_path / "i", tmp_path / "m", "abcd", lambda _: mask, (6, 40))
    with pytest.raises(ValueError, match=f"first samples of the data set all fail. Received: .*{message}"):
        check_first_samples(source_of(tmp_path, "abcd"))
    write_pairs(tmp_path / "i", tmp_path / "m", "c", size=(6, 40))
    check_first_samples(source_of(tmp_path, "abcd"))


def test_unreadable_files(tmp_path):
    write_pairs(tmp_path / "i", tmp_path / "m", "ab")
    truncate(tmp_path / "i" / "a.jpg")
    (tmp_path / "m" / "b.png").unlink()
    source = source_of(tmp_path, "ab")
    for reference, name in enumerate(("a.jpg", "b.png")):
        with pytest.raises(UnreadableSampleError, match=f"{name}' cannot be read"):
            source.load(reference)


def test_bad_arguments():
    with pytest.raises(ValueError, match="must be as many, one or more. Received: 1 images and 0 masks"):
        MaskFileSource(["a"], [], NAMES)
    with pytest.raises(ValueError, match="`class_names` must be 1 to 255 names. Received: 256 names"):
        MaskFileSource(["a"], ["a"], [""] * 256)
