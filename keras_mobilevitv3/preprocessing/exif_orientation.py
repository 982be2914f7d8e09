"""The EXIF orientation of encoded pictures, read and undone inside a TensorFlow graph.

The result is that of Pillow's `exif_transpose`, except for EXIF data beyond the first bytes of a file, and for
orientations that are in XMP data alone.
"""

from typing import Any

from keras_mobilevitv3.array_types import Tensor

HEAD = 1 << 17  # bytes of a file in which the orientation is searched
MOST_PARTS = 100  # parts of a file that are read: a damaged or hostile file may have tens of thousands
ORIENTATION = 0x0112  # the tag
ENTRY = 12  # bytes of an entry of a directory of tags
JPEG_EXIF = (0xFF, 0xE1, ..., ..., *b"Exif\0\0")  # marker, length, name
PNG_EXIF = (..., ..., ..., ..., *b"eXIf")  # length, name
START_OF_SCAN = (0xFF, 0xDA)
PNG = tuple(b"\x89PNG")


def upright(picture: Any, orientation: Tensor) -> Tensor:
    """A picture `(height, width, channels)` as it is to be shown.

    Args:
        picture: Tensor.
        orientation: Integer scalar tensor, 1 to 8, see `exif_orientation`.
    """
    import tensorflow as tf

    def is_one_of(*orientations):
        return tf.reduce_any(orientation == tf.constant(orientations, orientation.dtype))

    picture = tf.cond(orientation >= 5, lambda: tf.transpose(picture, (1, 0, 2)), lambda: picture)
    picture = tf.cond(is_one_of(2, 3, 6, 7), lambda: picture[:, ::-1], lambda: picture)
    return tf.cond(is_one_of(3, 4, 7, 8), lambda: picture[::-1], lambda: picture)


def exif_orientation(contents: Tensor) -> Tensor:
    """The orientation of a JPEG or PNG file.

    Args:
        contents: String scalar tensor.

    Returns:
        Int64 scalar tensor, 1 to 8; 1 (upright) where the file does not say.
    """
    import tensorflow as tf

    data = _head(contents)
    is_png = data.has(tf.constant(0, "int64"), PNG)
    start = tf.cond(is_png, lambda: _png_tags(data), lambda: _jpeg_tags(data))
    return tf.cond(start > 0, lambda: _orientation(data, start), lambda: tf.constant(1, "int64"))


def without_orientation(contents: Tensor) -> Any:
    """A JPEG file whose EXIF data no reader finds: they are under another name.

    Args:
        contents: String scalar tensor.

    Returns:
        String scalar tensor.
    """
    import tensorflow as tf

    start = tf.cast(_jpeg_tags(_head(contents)), "int32")

    def renamed():
        before, after = (tf.strings.substr(contents, *part) for part in ((0, start - 6), (start - 5, -1)))
        return tf.strings.join([before, "e", after])

    return tf.cond(start > 0, renamed, lambda: contents)


def _head(contents):
    import tensorflow as tf

    return _Bytes(tf.strings.substr(contents, 0, HEAD))


class _Bytes:
    """Bytes of a file. Reads beyond the end give 0.

    Args:
        contents: String scalar tensor.
    """

    def __init__(self, contents):
        import tensorflow as tf

        self.size = tf.cast(tf.strings.length(contents), "int64")
        self.values = tf.concat([tf.io.decode_raw(contents, "uint8"), tf.zeros([1], "uint8")], axis=0)

    def integer(self, at, count, little=False):
        """Integers of so many bytes each at these places, any tensor of int64."""
        import tensorflow as tf

        places = tf.clip_by_value(at[..., None] + tf.range(count, dtype="int64"), 0, self.size)
        found = tf.cast(tf.gather(self.values, places), "int64")
        powers = tf.constant([256**place for place in range(count)], "int64")
        return tf.reduce_sum(found * tf.where(little, powers, powers[::-1]), axis=-1)

    def has(self, at, expected):
        """Whether these bytes are at a place; `...` stands for any byte."""
        import tensorflow as tf

        known = [place for place, byte in enumerate(expected) if byte is not ...]
        found = tf.gather(self.values, tf.clip_by_value(at + tf.constant(known, "int64"), 0, self.size))
        return tf.reduce_all(found == tf.constant([expected[place] for place in known], "uint8"))


def _jpeg_tags(data):
    """Place of the tags in a JPEG file, or 0."""
    import tensorflow as tf

    def is_segment(at):
        return data.has(at, (0xFF,)) & ~data.has(at, START_OF_SCAN)

    def length(at):
        is_fill = data.has(at + 1, (0xFF,))  # markers may have more of these bytes in front
        return tf.where(is_fill, tf.constant(1, "int64"), 2 + data.integer(at + 2, 2))

    return _search(data, 2, JPEG_EXIF, is_segment, length)


def _png_tags(data):
    """Place of the tags in a PNG file, or 0."""
    return _search(data, 8, PNG_EXIF, lambda at: True, lambda at: 12 + data.integer(at, 4))


def _search(data, first, expected, is_part, length):
    """The place behind the first part of a file that begins as expected, or 0.

    Args:
        data: `_Bytes`.
        first: Integer, place of the first part.
        expected: Bytes, as in `_Bytes.has`.
        is_part: Function from a place to whether the search goes on there.
        length: Function from the place of a part to its length.
    """
    import tensorflow as tf

    def goes_on(at):
        return (at < data.size) & is_part(at) & ~data.has(at, expected)

    start = (tf.constant(first, "int64"),)
    (at,) = tf.while_loop(goes_on, lambda at: (at + length(at),), start, maximum_iterations=MOST_PARTS)
    return tf.where(data.has(at, expected), at + len(expected), 0)


def _orientation(data, start):
    """The orientation in the first directory of tags, which begin (with their byte order) at `start`."""
    import tensorflow as tf

    little = data.has(start, tuple(b"II"))
    directory = start + data.integer(start + 4, 4, little)
    count = tf.minimum(data.integer(directory, 2, little), data.size // ENTRY)
    entries = directory + 2 + ENTRY * tf.range(count)
    found = tf.where(data.integer(entries, 2, little) == ORIENTATION, data.integer(entries + 8, 2, little), 0)
    value = tf.reduce_max(tf.concat([found, [1]], axis=0))
    return tf.where(value <= 8, value, 1)
