import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.training.sources.image_files import encode
from tests.training.sources.mask_images import encode_png, labels, palette_image
from training.sources.mask_decoding import decode_mask


def decode(data, **arguments):
    result = decode_mask(tf.constant(data), **arguments)
    assert result.dtype == "uint8"
    return result.numpy()


@pytest.mark.parametrize("transparency", [None, 0, b"\x00\xff", bytes(2), bytes(200)], ids=str)
@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_numbers_of_a_palette_image(bits, transparency):
    """Whatever the palette says, here that all is black."""
    mask = labels(min(2**bits, 41))
    mask[-1, -1] = 2**bits - 1
    options = {"bits": bits} | ({} if transparency is None else {"transparency": transparency})
    data = encode_png(palette_image(mask, np.zeros((2**bits, 3))), **options)
    assert (data[24], data[25]) == (bits, 3)
    np.testing.assert_array_equal(decode(data), mask)


def test_palette_of_pascal_voc():
    mask = labels(21)
    mask[3:5] = 255
    np.testing.assert_array_equal(decode(encode_png(palette_image(mask))), mask)
    colours = np.asarray(palette_image(mask).convert("RGB"))
    assert colours.max(axis=(0, 1)).min() > 100  # it was coloured


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_levels_of_a_gray_image(mode):
    mask = labels(40)
    mask[1] = 255
    np.testing.assert_array_equal(decode(encode_png(Image.fromarray(mask).convert(mode))), mask)


def test_masks_are_decoded_in_a_graph_one_by_one():
    masks = [labels(9, seed=number) for number in range(3)]
    files = [encode_png(palette_image(masks[0])), encode_png(Image.fromarray(masks[1])), b"no image"]
    dataset = tf.data.Dataset.from_tensor_slices(files).map(decode_mask).ignore_errors()
    for result, mask in zip(dataset, masks[:2], strict=True):
        np.testing.assert_array_equal(result, mask)


def test_red_channel():
    mask = labels(40)
    image = np.stack([mask, mask[::-1], mask[:, ::-1]], axis=-1)
    np.testing.assert_array_equal(decode(encode_png(Image.fromarray(image)), red=True), mask)
    with pytest.raises(tf.errors.InvalidArgumentError, match="must have labels, not colours"):
        decode(encode_png(Image.fromarray(image)))


@pytest.mark.parametrize(
    "data",
    [
        encode(np.zeros((4, 5, 3), "uint8")),
        encode_png(Image.fromarray(np.zeros((4, 5), "uint16"))),
    ],
    ids=["jpeg", "16 bits"],
)
def test_no_mask(data):
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be a PNG file of 8 bits or less"):
        decode(data)


def test_truncated_file():
    data = encode_png(palette_image(np.random.default_rng(0).integers(0, 255, (90, 90)).astype("uint8")))
    with pytest.raises(tf.errors.InvalidArgumentError):
        decode(data[:2000])
