import io
import zlib

import numpy as np
import pytest
from PIL import Image

from tests.training.sources.image_files import encode
from tests.training.sources.mask_images import encode_png, labels, palette_image
from training.sources.mask_decoding import decode_mask
from training.sources.source import UnreadableSampleError


def decode(data, num_classes=41, **arguments):
    mask = decode_mask(io.BytesIO(data), "m.png", num_classes, **arguments)
    assert mask.dtype == "uint8"
    return mask


def saved(image, file_format, **options):
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("transparency", [None, 0, b"\x00\xff", bytes(2), bytes(200)], ids=str)
@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_numbers_of_a_palette_image(bits, transparency):
    """Whatever the palette says, here that all is black."""
    mask = labels(min(2**bits, 41))
    mask[-1, -1] = 2**bits - 1
    options = {"bits": bits} | ({} if transparency is None else {"transparency": transparency})
    data = encode_png(palette_image(mask, np.zeros((2**bits, 3))), **options)
    assert (data[24], data[25]) == (bits, 3)
    np.testing.assert_array_equal(decode(data, 2**bits if bits < 8 else 41), mask)


def test_palette_of_pascal_voc():
    mask = labels(21)
    mask[3:5] = 255
    np.testing.assert_array_equal(decode(encode_png(palette_image(mask)), 21), mask)
    colours = np.asarray(palette_image(mask).convert("RGB"))
    assert colours.max(axis=(0, 1)).min() > 100  # it was coloured


def test_gray_palette_of_a_tool_that_shrinks_files():
    """The levels are labels, as in the grayscale file before. The levels of a palette for the eye are not."""
    numbers = labels(3)
    levels = np.array([5, 0, 9], "uint8")
    shrunk = palette_image(numbers, [(level,) * 3 for level in levels])
    np.testing.assert_array_equal(decode(encode_png(shrunk, bits=2), 10), levels[numbers])
    for_the_eye = palette_image(numbers, [(level,) * 3 for level in (0, 255, 128)])
    np.testing.assert_array_equal(decode(encode_png(for_the_eye, bits=2), 3), numbers)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_levels_of_a_gray_image(mode):
    mask = labels(40)
    mask[1] = 255
    np.testing.assert_array_equal(decode(encode_png(Image.fromarray(mask).convert(mode))), mask)


@pytest.mark.parametrize(("bits", "classes"), [(1, 2), (2, 4), (4, 16)])
def test_levels_of_few_bits(bits, classes):
    """Pillow and other readers stretch these to 0-255."""
    mask = labels(classes)
    data = encode_png(palette_image(mask), bits=bits)
    chunk = bytearray(data[12:29])
    chunk[13] = 0  # the type: grayscale
    gray = data[:12] + bytes(chunk) + zlib.crc32(bytes(chunk)).to_bytes(4, "big") + data[33:]
    np.testing.assert_array_equal(decode(gray, classes), mask)


@pytest.mark.parametrize("file_format", ["PNG", "BMP", "TIFF", "GIF", "PPM", "TGA"])
@pytest.mark.parametrize("values", [(0, 1, 2), (0, 5, 9)])
def test_lossless_formats(file_format, values):
    mask = np.array(values, "uint8")[labels(3)]
    np.testing.assert_array_equal(decode(saved(Image.fromarray(mask), file_format), 10), mask)


def test_sixteen_bits():
    mask = labels(40).astype("uint16")
    np.testing.assert_array_equal(decode(encode_png(Image.fromarray(mask))), mask)
    mask[5, 5] = 300
    with pytest.raises(UnreadableSampleError, match="with the value 300"):
        decode(encode_png(Image.fromarray(mask)))


COLORS = {(0, 0, 0): 0, (255, 0, 0): 1, (0, 0, 128): 2, (224, 224, 192): 255}


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_colors(mode):
    mask = labels(4)
    pixels = np.array(list(COLORS), "uint8")[mask]
    image = Image.fromarray(pixels)
    image = image.quantize(4) if mode == "P" else image.convert(mode)
    np.testing.assert_array_equal(decode(encode_png(image), 3, colors=COLORS), np.where(mask == 3, 255, mask))


def test_gray_levels_as_colors():
    black_and_white = np.array([0, 255], "uint8")[labels(2)]
    for image in (Image.fromarray(black_and_white), Image.fromarray(black_and_white).convert("RGB")):
        found = decode(encode_png(image), 2, colors={(0, 0, 0): 0, (255, 255, 255): 1})
        np.testing.assert_array_equal(found, labels(2))
    np.testing.assert_array_equal(decode(encode_png(Image.fromarray(labels(3))), 3, colors=COLORS), labels(3))


def test_other_colors():
    pixels = np.array([(0, 0, 0), (255, 1, 0)], "uint8")[labels(2)]
    with pytest.raises(UnreadableSampleError, match=r"'m.png' with 1 others, such as \(255, 1, 0\)"):
        decode(encode_png(Image.fromarray(pixels)), 3, colors=COLORS)
    with pytest.raises(UnreadableSampleError, match="'m.png': a mask must have labels, not colors"):
        decode(encode_png(Image.fromarray(pixels)), 3)


def test_red_channel():
    mask = labels(40)
    image = np.stack([mask, mask[::-1], mask[:, ::-1]], axis=-1)
    np.testing.assert_array_equal(decode(encode_png(Image.fromarray(image)), red=True), mask)


def test_labels_from_one():
    mask = np.array([[0, 1, 2], [21, 5, 0]], "uint8")
    data = encode_png(Image.fromarray(mask))
    assert decode(data, 21, zero_is_void=True).tolist() == [[255, 0, 1], [20, 4, 255]]
    assert decode(data, 22).tolist() == mask.tolist()
    with pytest.raises(UnreadableSampleError, match="labels from 1 to 20, .*'m.png' with the value 21"):
        decode(data, 20, zero_is_void=True)
    with pytest.raises(UnreadableSampleError, match="labels from 0 to 20, .*'m.png' with the value 21"):
        decode(data, 21)


def test_turned_mask():
    mask = labels(9)
    exif = Image.Exif()
    exif[0x0112] = 8
    data = encode_png(Image.fromarray(np.rot90(mask, -1).copy()), exif=exif)
    np.testing.assert_array_equal(decode(data), mask)


def test_jpeg_is_no_mask():
    for data in (encode(np.zeros((4, 5, 3), "uint8")), saved(Image.new("L", (5, 4)), "TIFF", compression="jpeg")):
        with pytest.raises(UnreadableSampleError, match="'m.png': .* lossless file, because JPEG changes labels"):
            decode(data)


def test_truncated_file():
    data = encode_png(palette_image(np.random.default_rng(0).integers(0, 255, (90, 90)).astype("uint8")))
    with pytest.raises(UnreadableSampleError, match="The mask 'm.png' cannot be read"):
        decode(data[:2000], 255)


BLACK_IS_SECOND = {(255, 255, 255): 0, (0, 0, 0): 1}


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB"])
def test_colors_of_black_and_white_masks_of_every_mode(mode):
    image = Image.fromarray(np.array([[0, 255]], "uint8")).convert(mode)
    np.testing.assert_array_equal(decode(saved(image, "png"), 2, colors=BLACK_IS_SECOND), [[1, 0]])


def test_gray_colors_of_two_bits():
    data = encode_png(Image.fromarray(np.array([[0, 1, 2, 1]], "uint8")), bits=2)
    colors = {(0, 0, 0): 0, (85, 85, 85): 1, (170, 170, 170): 2}
    np.testing.assert_array_equal(decode(data, 3, colors=colors), [[0, 1, 2, 1]])


def test_gray_palette_with_void():
    numbers = np.array([[0, 1, 2]], "uint8")
    palette = np.repeat(np.array([[0], [15], [255]]), 3, axis=1)
    np.testing.assert_array_equal(decode(encode_png(palette_image(numbers, palette)), 21), [[0, 15, 255]])
