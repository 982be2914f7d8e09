"""Checks of the image sizes that the KerasHub tasks support."""

from typing import Any

from keras_mobilevitv3.array_types import ImageSize, Shape
from keras_mobilevitv3.checks import is_integer


def size_pair(image_size: Any) -> ImageSize | None:
    """Converts `image_size`, an integer, a pair of integers or `None`, to `(height, width)` or `None`.

    Raises:
        ValueError: If `image_size` is not as stated.
    """
    if image_size is None:
        return None
    pair = tuple(image_size) if isinstance(image_size, (list, tuple)) else (image_size, image_size)
    if len(pair) != 2 or not all(is_integer(side) and side > 0 for side in pair):
        raise ValueError(
            "`image_size` must be a positive integer, a pair of positive integers, or None. "
            f"Received: image_size={image_size!r}"
        )
    return pair


def check_multiple(multiple: int, image_size: ImageSize | None, image_shape: Shape) -> None:
    """Raises `ValueError` unless all known heights and widths are multiples of a number of pixels.

    The heads of KerasHub upsample feature maps by integer factors.

    Args:
        multiple: Integer, pixels.
        image_size: Tuple `(height, width)`, the output size of a preprocessor, or `None`.
        image_shape: Tuple `(height, width, channels)`. Height and width may be `None`.
    """
    for name, sides in (("image_size", image_size or ()), ("image_shape", image_shape[:2])):
        if any(side is not None and side % multiple for side in sides):
            raise ValueError(
                f"`{name}` must have a height and width that are multiples of {multiple}, because the head upsamples "
                f"feature maps by integer factors. Received: {name}={tuple(sides)}"
            )
