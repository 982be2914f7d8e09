"""Sizes of images as KerasHub has them."""

from keras_mobilevitv3.checks import is_integer


def size_pair(image_size):
    """Checks `image_size`, an integer, a pair or `None`, and returns a pair of integers or `None`."""
    if image_size is None:
        return None
    pair = tuple(image_size) if isinstance(image_size, (list, tuple)) else (image_size, image_size)
    if len(pair) != 2 or not all(is_integer(side) and side > 0 for side in pair):
        raise ValueError(
            f"`image_size` must be a positive integer, a pair of them, or None. Received: image_size={image_size!r}"
        )
    return pair


def check_multiple(multiple, image_size, image_shape):
    """Checks that known heights and widths are multiples of what the heads of KerasHub need.

    Args:
        multiple: Integer, pixels.
        image_size: Pair or `None`, the size that a preprocessor makes.
        image_shape: Tuple `(height, width, channels)`, height and width may be `None`.

    Raises:
        ValueError: If one is not.
    """
    for name, sides in (("image_size", image_size or ()), ("image_shape", image_shape[:2])):
        if any(side is not None and side % multiple for side in sides):
            raise ValueError(
                f"`{name}` must have a height and width that are multiples of {multiple}, as the head enlarges maps "
                f"by whole factors. Received: {name}={tuple(sides)}"
            )
