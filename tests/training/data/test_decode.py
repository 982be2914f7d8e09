import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.training.augment.draws import photo
from tests.training.data.image_files import decoded, encode
from training.data.decode import decode, decode_box

FORMATS = [
    *(("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK")),
    *(("PNG", "RGB"), ("PNG", "L"), ("PNG", "RGBA"), ("PNG", "LA"), ("PNG", "P"), ("PNG", "1")),
    *(("BMP", "RGB"), ("BMP", "L"), ("GIF", "P")),
]
BOX = (10, 21, 33, 40)


def decode_fixed_box(data):
    return decode_box(tf.constant(data), lambda height, width: tf.constant(BOX))


@pytest.mark.parametrize(("file_format", "mode"), FORMATS)
def test_equals_pillow(file_format, mode):
    data = encode(photo(61, 97), file_format, mode)
    image = decode(tf.constant(data))
    assert image.dtype == "uint8"
    np.testing.assert_array_equal(image, decoded(data))


@pytest.mark.parametrize(("file_format", "mode"), FORMATS)
def test_box_is_cut_out(file_format, mode):
    data = encode(photo(61, 97), file_format, mode)
    expected = decoded(data)[10:43, 21:61]
    difference = np.abs(decode_fixed_box(data).numpy().astype(int) - expected)
    # The chroma at the border of a box of a JPEG is interpolated without its neighbours.
    assert difference[1:-1, 1:-1].max() == 0
    assert difference.max() <= (40 if file_format == "JPEG" else 0)


def test_sixteen_bits():
    gray = photo(20, 30)[..., 0]
    buffer = io.BytesIO()
    Image.fromarray(gray.astype("uint16") * 256 + 200).save(buffer, "PNG")
    np.testing.assert_array_equal(decode(tf.constant(buffer.getvalue())), np.stack([gray] * 3, axis=-1))


def test_first_picture_of_a_gif():
    first, second = photo(20, 30) // 64 * 64, photo(20, 30, "flower.jpg")
    buffer = io.BytesIO()
    Image.fromarray(first).save(buffer, "GIF", save_all=True, append_images=[Image.fromarray(second)])
    np.testing.assert_array_equal(decode(tf.constant(buffer.getvalue())), decoded(buffer.getvalue()))


def test_choose_box_is_told_the_size():
    data = encode(photo(61, 97))

    def whole(height, width):
        return tf.stack([0, 0, height, width])

    np.testing.assert_array_equal(decode_box(tf.constant(data), whole), decoded(data))


def test_bytes_after_the_end_of_a_jpeg():
    data = encode(photo(61, 97))
    np.testing.assert_array_equal(decode_fixed_box(data + b"\0\0"), decoded(data)[10:43, 21:61])


@pytest.mark.parametrize("function", [lambda data: decode(tf.constant(data)), decode_fixed_box])
@pytest.mark.parametrize("kind", ["truncated", "text", "empty", "one byte", "truncated png"])
def test_corrupt(function, kind):
    data = {
        "truncated": encode(photo(171, 230))[:-1000],  # the box lies before it
        "text": b"not an image",
        "empty": b"",
        "one byte": b"x",
        "truncated png": encode(photo(61, 97), "PNG")[:-3000],
    }[kind]
    with pytest.raises(tf.errors.OpError):
        function(data)
