"""PNG masks to labels."""

import zlib

import tensorflow as tf

GRAYSCALE, RGB, PALETTE, RGBA = 0, 2, 3, 6
TYPE_AT = 9  # byte of the header chunk, which begins at the 17th byte of a file: size, depth, type and so on
CHECKSUM_AT = 29
# A checksum is linear over the bits: declaring a palette image grayscale changes it by the same bits in every file.
DECLARE_GRAYSCALE = zlib.crc32(b"IHDR" + bytes(13)) ^ zlib.crc32(
    b"IHDR" + bytes(TYPE_AT) + bytes([GRAYSCALE ^ PALETTE]) + bytes(3)
)
FLIPS = bytes(16 + TYPE_AT) + bytes([PALETTE]) + bytes(3) + DECLARE_GRAYSCALE.to_bytes(4, "big")


def decode_mask(data, red=False):
    """Decodes a PNG mask: the numbers of a palette image, not its colours, or the levels of a grayscale one.

    The palette of a mask is for the eye, and TensorFlow would return its colours, which need not tell the numbers
    apart. The pixels of both kinds are stored alike, so the file is decoded as if it were grayscale.

    Args:
        data: Scalar string tensor, the bytes of a PNG file of 8 bits or less. An RGB file must have three equal
            channels.
        red: Boolean, whether to take the red channel of an RGB file, whatever the others have. Defaults to `False`.

    Returns:
        Uint8 tensor of shape `(height, width)`.
    """
    header = tf.io.decode_raw(tf.strings.substr(data, 0, len(FLIPS)), tf.uint8)
    depth, kind = tf.cast(header[24], tf.int32), tf.cast(header[16 + TYPE_AT], tf.int32)
    message = "A mask must be a PNG file of 8 bits or less."
    with tf.control_dependencies([tf.debugging.Assert((header[0] == 0x89) & (depth <= 8), [message])]):
        kind = tf.identity(kind)
    coloured = (kind == RGB) | (kind == RGBA)
    mask = tf.cond(
        kind == PALETTE,
        lambda: _decode_palette(data, header, depth),
        lambda: tf.cond(coloured, lambda: _decode_rgb(data, red), lambda: tf.io.decode_png(data, 1)[..., 0]),
    )
    return tf.ensure_shape(mask, [None, None])


def _decode_palette(data, header, depth):
    header = tf.bitwise.bitwise_xor(header, tf.constant(list(FLIPS), tf.uint8))
    as_strings = tf.gather(tf.constant([bytes([value]) for value in range(256)]), tf.cast(header, tf.int32))
    grayscale = tf.strings.reduce_join(as_strings) + tf.strings.substr(data, len(FLIPS), -1)
    levels = tf.io.decode_png(grayscale, 1)[..., 0]
    scale = 255 // (tf.bitwise.left_shift(1, depth) - 1)  # fewer bits are stretched to 0-255
    return levels // tf.cast(scale, tf.uint8)


def _decode_rgb(data, red):
    channels = tf.io.decode_png(data, 3)
    mask = channels[..., 0]
    if red:
        return mask
    equal = tf.reduce_all(channels == mask[..., None])
    message = "A mask must have labels, not colours: be a palette or grayscale image."
    with tf.control_dependencies([tf.debugging.Assert(equal, [message])]):
        return tf.identity(mask)
