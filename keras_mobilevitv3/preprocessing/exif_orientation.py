"""Reads and undoes the EXIF orientation of encoded pictures inside a TensorFlow graph.

The result equals Pillow's `exif_transpose` with two exceptions. EXIF data after the first `HEAD` bytes of a file is not
read, and an orientation in XMP data is ignored.
"""

from keras_mobilevitv3.array_types import Tensor

HEAD = 1 << 17  # number of bytes at the start of a file that are searched
MOST_PARTS = 100  # number of parts of a file that are searched; a damaged or hostile file may have tens of thousands
ORIENTATION = 0x0112  # number of the EXIF tag
ENTRY = 12  # bytes per entry of a tag directory
JPEG_EXIF = (0xFF, 0xE1, ..., ..., *b"Exif\0\0")  # marker, length, name
PNG_EXIF = (..., ..., ..., ..., *b"eXIf")  # length, name
START_OF_SCAN = (0xFF, 0xDA)
PNG = tuple(b"\x89PNG")


def upright(picture: Tensor, orientation: Tensor) -> Tensor:
    """Rotates and flips a picture as its EXIF orientation says.

    Args:
        picture: Tensor of shape `(height, width, channels)`.
        orientation: Integer scalar tensor, 1 to 8, see `exif_orientation`.

    Returns:
        Tensor of shape `(height, width, channels)`, or `(width, height, channels)` for an orientation of 5 to 8.
    """
    import tensorflow as tf

    def is_one_of(*orientations):
        return tf.reduce_any(orientation == tf.constant(orientations, orientation.dtype))

    picture = tf.cond(orientation >= 5, lambda: tf.transpose(picture, (1, 0, 2)), lambda: picture)
    picture = tf.cond(is_one_of(2, 3, 6, 7), lambda: picture[:, ::-1], lambda: picture)
    return tf.cond(is_one_of(3, 4, 7, 8), lambda: picture[::-1], lambda: picture)


def exif_orientation(contents: Tensor) -> Tensor:
    """Returns the EXIF orientation of a JPEG or PNG file.

    Args:
        contents: String scalar tensor, contents of the file.

    Returns:
        Int64 scalar tensor, 1 to 8. A file without an orientation gives 1 (upright).
    """
    import tensorflow as tf

    data = _head(contents)
    is_png = data.has(tf.constant(0, "int64"), PNG)
    start = tf.cond(is_png, lambda: _png_tags(data), lambda: _jpeg_tags(data))
    return tf.cond(start > 0, lambda: _orientation(data, start), lambda: tf.constant(1, "int64"))


def _head(contents):
    import tensorflow as tf

    return _Bytes(tf.strings.substr(contents, 0, HEAD))


class _Bytes:
    """Bytes of a file. Reading past the end gives 0.

    Args:
        contents: String scalar tensor, contents of the file.
    """

    def __init__(self, contents):
        import tensorflow as tf

        self.size = tf.cast(tf.strings.length(contents), "int64")
        self.values = tf.concat([tf.io.decode_raw(contents, "uint8"), tf.zeros([1], "uint8")], axis=0)

    def integer(self, at, count, little=False):
        """Reads integers of `count` bytes each.

        Args:
            at: Int64 tensor of any shape, places of the integers.
            count: Integer, bytes per integer.
            little: Boolean or boolean scalar tensor, whether the byte order is little-endian. Defaults to `False`.

        Returns:
            Int64 tensor of the shape of `at`.
        """
        import tensorflow as tf

        places = tf.clip_by_value(at[..., None] + tf.range(count, dtype="int64"), 0, self.size)
        found = tf.cast(tf.gather(self.values, places), "int64")
        powers = tf.constant([256**place for place in range(count)], "int64")
        return tf.reduce_sum(found * tf.where(little, powers, powers[::-1]), axis=-1)

    def has(self, at, expected):
        """Returns whether the bytes `expected` are at the place `at`; `...` matches any byte."""
        import tensorflow as tf

        known = [place for place, byte in enumerate(expected) if byte is not ...]
        found = tf.gather(self.values, tf.clip_by_value(at + tf.constant(known, "int64"), 0, self.size))
        return tf.reduce_all(found == tf.constant([expected[place] for place in known], "uint8"))


def _jpeg_tags(data):
    """Returns the place of the EXIF tags in a JPEG file, or 0."""
    import tensorflow as tf

    def is_segment(at):
        return data.has(at, (0xFF,)) & ~data.has(at, START_OF_SCAN)

    def length(at):
        is_fill = data.has(at + 1, (0xFF,))  # a marker may begin with several bytes 0xFF
        return tf.where(is_fill, tf.constant(1, "int64"), 2 + data.integer(at + 2, 2))

    return _search(data, 2, JPEG_EXIF, is_segment, length)


def _png_tags(data):
    """Returns the place of the EXIF tags in a PNG file, or 0."""
    return _search(data, 8, PNG_EXIF, lambda at: True, lambda at: 12 + data.integer(at, 4))


def _search(data, first, expected, is_part, length):
    """Finds the first part of a file that begins with `expected`.

    Args:
        data: `_Bytes`.
        first: Integer, place of the first part.
        expected: Tuple of bytes, as in `_Bytes.has`.
        is_part: Function that takes a place and returns whether a part begins there.
        length: Function that takes the place of a part and returns the length of the part.

    Returns:
        Int64 scalar tensor, the place after `expected`, or 0 if no part begins with `expected`.
    """
    import tensorflow as tf

    def goes_on(at):
        return (at < data.size) & is_part(at) & ~data.has(at, expected)

    start = (tf.constant(first, "int64"),)
    (at,) = tf.while_loop(goes_on, lambda at: (at + length(at),), start, maximum_iterations=MOST_PARTS)
    return tf.where(data.has(at, expected), at + len(expected), 0)


def _orientation(data, start):
    """Returns the orientation in the first tag directory. The byte order mark of the tags is at `start`."""
    import tensorflow as tf

    little = data.has(start, tuple(b"II"))
    directory = start + data.integer(start + 4, 4, little)
    count = tf.minimum(data.integer(directory, 2, little), data.size // ENTRY)
    entries = directory + 2 + ENTRY * tf.range(count)
    found = tf.where(data.integer(entries, 2, little) == ORIENTATION, data.integer(entries + 8, 2, little), 0)
    value = tf.reduce_max(tf.concat([found, [1]], axis=0))
    return tf.where(value <= 8, value, 1)
