"""Decoding in the graph of TensorFlow against Pillow."""

import numpy as np
import pytest

from keras_mobilevitv3.preprocessing.exif_orientation import exif_orientation
from keras_mobilevitv3.preprocessing.graph_decoding import decode_in_graph
from keras_mobilevitv3.preprocessing.picture_reading import decode_image
from tests.encoded_pictures import KINDS

pytestmark = pytest.mark.backend("tensorflow")


@pytest.mark.parametrize("kind", KINDS)
def test_decoded_as_shown(kind):
    contents, expected = KINDS[kind]()
    np.testing.assert_array_equal(decode_image(contents), expected)
    decoded = np.asarray(decode_in_graph(contents))
    assert decoded.shape == expected.shape
    # Of CMYK each library computes RGB with roundings of its own.
    assert np.abs(decoded.astype("int32") - expected).max() <= (1 if kind == "cmyk jpeg" else 0)


def test_orientation_of_damaged_files():
    contents, _ = KINDS["jpeg of orientation 6"]()
    at = contents.index(b"Exif")
    assert exif_orientation(contents) == 6
    assert exif_orientation(contents[: at + 20]) == 1 and exif_orientation(b"") == 1
    assert exif_orientation(contents[:at] + b"Axif" + contents[at + 4 :]) == 1
    parts = contents[:2] + b"\xff\xe0\x00\x00" * 30_000
    assert exif_orientation(parts) == 1
    far = contents[: at + 10] + b"\xff\xff\xff\xff" + contents[at + 14 :]  # tags behind the end of the file
    assert exif_orientation(far) == 1
    nine = contents.replace(b"\x12\x01\x03\x00\x01\x00\x00\x00\x06", b"\x12\x01\x03\x00\x01\x00\x00\x00\x09")
    assert nine != contents and exif_orientation(nine) == 1
