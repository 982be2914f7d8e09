import numpy as np
import pytest

from keras_mobilevitv3.weights.errors import CheckpointError
from keras_mobilevitv3.weights.file_formats.raw_array import contiguous_strides, decode, element_count

pytestmark = pytest.mark.once

BUFFER = np.arange(12, dtype="<f4").tobytes()


@pytest.mark.parametrize(
    ("shape", "strides", "offset"),
    [((3, 4), None, 0), ((4, 3), (1, 4), 0), ((2, 2), (4, 1), 5), ((1, 3), (2**40, 2), 1), ((), (), 7)],
)
def test_decode_gives_the_view_that_numpy_gives(shape, strides, offset):
    strides = contiguous_strides(shape) if strides is None else strides
    expected = np.zeros(shape, "f4")
    for index in np.ndindex(*shape):
        expected[index] = offset + sum(i * stride for i, stride in zip(index, strides))
    actual = decode(BUFFER, "f4", shape, strides, offset)
    np.testing.assert_array_equal(actual, expected)
    assert actual.shape == shape and actual.flags["C_CONTIGUOUS"] and actual.flags["OWNDATA"]


def test_decode_big_endian():
    np.testing.assert_array_equal(decode(b"\x01\x02", "i2", (1,), byteorder=">"), [258])
    assert decode(b"\x01\x02", "i2", (1,), byteorder=">").dtype == np.dtype("int16")


@pytest.mark.parametrize("shape", [(), (2,), (2, 1)])
def test_decode_bfloat16_as_float32(shape):
    data = np.float32([1.5, -3.0]).view("<u4") >> 16
    actual = decode(data.astype("<u2").tobytes(), "bf16", shape)
    np.testing.assert_array_equal(actual, np.float32([1.5, -3.0])[: actual.size].reshape(shape))
    assert actual.dtype == np.float32 and actual.shape == shape


def test_decode_any_byte_but_zero_as_true():
    actual = decode(b"\x00\x01\xff", "b1", (3,))
    assert actual.dtype == bool and actual.view("u1").tolist() == [0, 1, 1]


def test_decode_empty():
    assert decode(b"", "f4", (0, 3)).shape == (0, 3)


@pytest.mark.parametrize(
    ("shape", "strides", "offset", "message"),
    [
        ((13,), (1,), 0, "needs 13 elements"),
        ((3,), (1,), 10, "needs 13 elements"),
        ((2, 3), (9, 2), 0, "needs 14 elements"),
        ((2, 2), (1, 1), 0, "overlap"),
        ((4,), (0,), 0, "overlap"),
        ((3, 2), (1, 2), 0, "overlap"),
        ((3,), (-1,), 2, "must be integers in"),
        ((3,), (1,), -1, "must be integers in"),
        ((3,), (1.0,), 0, "must be integers in"),
        ((3,), (1, 1), 0, "as many as"),
        ((3,), None, 2**70, "must be integers in"),
    ],
)
def test_layouts_that_are_refused(shape, strides, offset, message):
    with pytest.raises(CheckpointError, match=message):
        decode(BUFFER, "f4", shape, strides, offset)


@pytest.mark.parametrize(
    "shape", [(-1,), (2**60,), (2**30, 2**30), (0, 2**40, 2**40), (1.0,), (True,), "ab", None, (1,) * 33]
)
def test_shapes_that_are_refused(shape):
    with pytest.raises(CheckpointError, match="shape"):
        element_count(shape)
