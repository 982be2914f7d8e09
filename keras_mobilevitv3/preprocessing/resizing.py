"""Resizes images with the same arithmetic in NumPy, on each Keras backend and in TensorFlow graphs."""

from collections.abc import Sequence
from types import ModuleType

import keras
import numpy as np

from keras_mobilevitv3.array_types import Tensor
from keras_mobilevitv3.checks import check_boolean, check_choice, check_integers, is_integer
from keras_mobilevitv3.preprocessing.casting import cast

BLOCK = 32  # output pixels per matrix product: larger blocks multiply more zeros, smaller blocks need more products
# Levels are shifted to -128 to 127, and weights are multiples of 2**-16. float32 represents the weighted sums exactly.
# Backends sum in different orders, but get the same result.
MIDDLE = 128.0
WEIGHT_STEPS = 2.0**16


def _linear(distance, ops):
    return ops.maximum(1.0 - ops.abs(distance), 0.0)


def _cubic(distance, ops):
    """Computes the kernel of cubic convolution with `a = -0.5` (Keys), as Pillow does."""
    x = ops.abs(distance)
    near = (1.5 * x - 2.5) * x * x + 1.0
    far = ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    return ops.where(x < 1.0, near, ops.where(x < 2.0, far, ops.zeros_like(x)))


KERNELS = {"bilinear": _linear, "bicubic": _cubic}
RADIUS = {"bilinear": 1.0, "bicubic": 2.0}  # kernels are zero beyond this distance


def resize_part(
    images: Tensor,
    size: Sequence[int | Tensor],
    start: Sequence[int | Tensor],
    part: Sequence[int | Tensor],
    interpolation: str = "bilinear",
    antialias: bool = False,
    ops: ModuleType = np,
) -> Tensor:
    """Resizes images and returns a part of the result. Only this part is computed.

    With `antialias=True`, the result differs from Pillow's by at most one level. With `"bilinear"` and
    `antialias=False`, the result differs from OpenCV's linear resize by at most one level. For uint8 images and
    `antialias=True`, NumPy, every backend and graphs give equal results. With `antialias=False`, the results differ by
    one level at about one pixel in 100,000.

    Args:
        images: Array or tensor of shape `(height, width, channels)` or `(batch, height, width, channels)`, 0-255. In a
            TensorFlow graph, every size except the channels may be unknown.
        size: Pair of integers or integer scalar tensors, height and width of the whole resized image.
        start: Pair of integers or integer scalar tensors, first row and first column of the part.
        part: Pair of integers, height and width of the part. In a TensorFlow graph, also integer scalar tensors.
        interpolation: String, `"bilinear"` or `"bicubic"`. Defaults to `"bilinear"`.
        antialias: Boolean, whether to average over all pixels that a shrinking resize merges. Defaults to `False`.
        ops: `numpy` for arrays or `keras.ops` for tensors. Defaults to `numpy`.

    Returns:
        Float32 array or tensor of shape `(*part, channels)` or `(batch, *part, channels)`, whole levels 0-255. Halves
        are rounded up.
    """
    *batch, height, width, channels = ops.shape(images)
    if all(map(is_integer, (height, width, *size, *start, *part))) and (height, width) == tuple(size):
        (top, left), (rows, columns) = start, part
        images = cast(images[..., top : top + rows, left : left + columns, :], "float32", ops)
        return _whole_levels(images - MIDDLE, ops) + MIDDLE
    how = (interpolation, antialias)
    top, count, _ = resize_weights(height, size[0], start[0], part[0], *how)
    values = ops.reshape(images[..., top : top + count, :, :], (*batch, count, width * channels))
    products = []
    for first, window, weights in _blocks(width, size[1], start[1], part[1], *how):  # the width first, as in Pillow
        levels = cast(values[..., first * channels : (first + window) * channels], "float32", ops) - MIDDLE
        products.append(ops.matmul(levels, _for_each_channel(_of_namespace(weights, ops), channels, ops)))
    values = ops.concatenate(products, axis=-1)  # (..., rows, part width * channels)
    if antialias:
        values = _whole_levels(values, ops)  # Pillow rounds after the first axis too
    products = []
    for first, window, weights in _blocks(height, size[0], start[0], part[0], *how, within=(top, count)):
        rows = values[..., first - top : first - top + window, :]
        products.append(ops.matmul(_of_namespace(weights, ops), rows))
    values = _whole_levels(ops.concatenate(products, axis=-2), ops) + MIDDLE
    return ops.reshape(values, (*batch, *part, channels))


def resize_weights(
    length: int | Tensor,
    size: int | Tensor,
    start: int | Tensor,
    count: int | Tensor,
    interpolation: str = "bilinear",
    antialias: bool = False,
    within: tuple[int | Tensor, int | Tensor] | None = None,
) -> tuple[int | Tensor, int | Tensor, Tensor]:
    """Returns the weights of the source pixels for consecutive output pixels along one axis.

    Pixel centers lie at half integers (corners are not aligned). The weights of each output pixel add up to 1, also at
    the borders. Weights are rounded to multiples of 2**-16. The function rounds cumulative sums, so that rounding
    errors do not add up.

    Args:
        length: Integer or integer scalar tensor, number of source pixels of the axis.
        size: Integer or integer scalar tensor, number of pixels of the whole axis after the resize.
        start: Integer or integer scalar tensor, first output pixel.
        count: Integer or integer scalar tensor, number of output pixels.
        interpolation: As in `resize_part`.
        antialias: As in `resize_part`.
        within: Pair of integers or integer scalar tensors, first available source pixel and number of available source
            pixels. Defaults to `None`: all source pixels are available.

    Returns:
        Tuple of the first source pixel with a weight, the number of source pixels with a weight, and the weights,
        float32 of shape `(count, number)`. The values are tensors if an argument is a tensor. Otherwise, the first two
        are integers and the weights are a NumPy array.
    """
    lowest, most = (0, length) if within is None else within
    ops = np if all(is_integer(each) for each in (length, size, start, count, lowest, most)) else keras.ops
    scale = cast(length, "float64", ops) / cast(size, "float64", ops)
    stretch = ops.maximum(scale, 1.0) if antialias else 1.0
    reach = RADIUS[interpolation] * stretch
    centers = (cast(start + ops.arange(count, dtype="int32"), "float64", ops) + 0.5) * scale
    number = cast(ops.ceil((centers[-1] - centers[0]) + 2.0 * reach), "int32", ops) + 1
    number = ops.minimum(number, most)
    first = ops.clip(cast(ops.floor(centers[0] - reach), "int32", ops), lowest, lowest + most - number)
    if ops is np:
        first, number = int(first), int(number)
    pixels = cast(first + ops.arange(number, dtype="int32"), "float64", ops) + 0.5
    weights = KERNELS[interpolation]((pixels - centers[:, None]) / stretch, ops)  # (count, number)
    weights = weights / ops.sum(weights, axis=1, keepdims=True)
    steps = ops.floor(ops.cumsum(weights, axis=1) * WEIGHT_STEPS + 0.5)
    steps = ops.pad(steps, ((0, 0), (1, 0)))
    return first, number, cast((steps[:, 1:] - steps[:, :-1]) / WEIGHT_STEPS, "float32", ops)


def _blocks(length, size, start, count, interpolation, antialias, within=None):
    """Yields the result of `resize_weights` for each block of `BLOCK` output pixels.

    If `count` is a tensor, all output pixels are one block.
    """
    if not is_integer(count):
        yield resize_weights(length, size, start, count, interpolation, antialias, within)
        return
    for done in range(0, count, BLOCK):
        block = min(BLOCK, count - done)
        yield resize_weights(length, size, start + done, block, interpolation, antialias, within)


def _for_each_channel(weights, channels, ops):
    """Converts weights `(out, in)` to a matrix `(in * channels, out * channels)` for rows of interleaved channels."""
    weights = ops.transpose(weights)[:, None, :, None] * ops.eye(channels, dtype="float32")[:, None, :]
    return ops.reshape(weights, (ops.shape(weights)[0] * channels, ops.shape(weights)[2] * channels))


def _whole_levels(values, ops):
    """Rounds and clips levels that are shifted by `-MIDDLE`, as in a uint8 image."""
    return ops.floor(ops.clip(values, -MIDDLE, 255.0 - MIDDLE) + 0.5)


def _of_namespace(weights, ops):
    return weights if ops is np else ops.convert_to_tensor(weights)


def center_crop(
    image_size: Sequence[int | Tensor], resize_size: int, crop_size: Sequence[int], ops: ModuleType = np
) -> tuple[list[int | Tensor], list[int | Tensor]]:
    """Returns the `size` and `start` arguments of `resize_part` for a center crop.

    Args:
        image_size: Pair of integers or integer scalar tensors, height and width of the image.
        resize_size: Integer, length of the shorter side after the resize.
        crop_size: Pair of integers, height and width of the crop.
        ops: As in `resize_part`.

    Returns:
        Tuple of two lists: height and width of the whole image after the resize, and first row and first column of the
        crop.
    """
    size = sides_by_shorter(image_size, resize_size, ops)
    return size, [(side - crop) // 2 for side, crop in zip(size, crop_size, strict=True)]


def sides_by_shorter(image_size: Sequence[int | Tensor], resize_size: int, ops: ModuleType = np) -> list[int | Tensor]:
    """Returns height and width after a resize of the shorter side to `resize_size`. The longer side is rounded down."""
    if all(map(is_integer, image_size)):  # known sizes stay integers, which a traced function of JAX needs
        return [resize_size * side // min(image_size) for side in image_size]
    shorter = ops.minimum(*image_size)
    return [resize_size * side // shorter for side in image_size]


def resize_image(
    image: np.ndarray, size: tuple[int, int], interpolation: str = "bilinear", antialias: bool = False
) -> np.ndarray:
    """Resizes an image.

    The result differs by at most one level from Pillow with `antialias=True`, and from OpenCV with `"bilinear"` and
    `antialias=False`.

    Args:
        image: Uint8 NumPy array of shape `(height, width, channels)`.
        size: Tuple of integers `(height, width)`.
        interpolation: String, `"bilinear"` or `"bicubic"`. Defaults to `"bilinear"`.
        antialias: Boolean, whether to average over all pixels that a shrinking resize merges. Defaults to `False`.

    Returns:
        Uint8 NumPy array of shape `(*size, channels)`. If `image` has this size, `image` itself.

    Raises:
        ValueError: If an argument is invalid.
    """
    if not isinstance(image, np.ndarray) or image.ndim != 3 or image.dtype != np.uint8:
        found = f"an array of {image.dtype} and shape {image.shape}" if isinstance(image, np.ndarray) else repr(image)
        raise ValueError(f"`image` must be a uint8 array of shape (height, width, channels). Received: {found}")
    check_integers("size", size, 2)
    check_choice("interpolation", interpolation, KERNELS)
    check_boolean("antialias", antialias)
    if image.shape[:2] == tuple(size):
        return image
    return resize_part(image, size, (0, 0), size, interpolation, antialias).astype("uint8")
