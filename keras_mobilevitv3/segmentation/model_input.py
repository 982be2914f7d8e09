"""Converts pictures to the input of a segmenter."""

from types import ModuleType

import numpy as np

from keras_mobilevitv3.array_types import Model, Tensor
from keras_mobilevitv3.backbones.given_backbone import output_stride_of
from keras_mobilevitv3.blocks.family_of_model import required_family_of
from keras_mobilevitv3.preprocessing.linear_interpolation import corner_taps, interpolate
from keras_mobilevitv3.preprocessing.resizing import resize_part, sides_by_shorter

MIN_SIZE = 32


def resize_for_segmenter(model: Model, image: Tensor, size: int | None = None, ops: ModuleType = np) -> Tensor:
    """Resizes an image as in the published evaluation of the network's family.

    - Model of fixed height and width: the image is resized to the input size, without keeping the aspect ratio.
    - Multi-head family: height and width become `size`, without keeping the aspect ratio.
    - Separable family: the shorter side becomes `size`. Then both sides shrink to multiples of the output stride,
      bilinearly with aligned corners. The values are not rounded after this step.
    - `size=None`: the size of the image does not change, except that sides below 32 pixels become 32 pixels.

    Args:
        model: `Segmenter`.
        image: Uint8 array or tensor of shape `(height, width, 3)`. In a TensorFlow graph, height and width may be
            unknown if `size` is given.
        size: Integer or `None`. Defaults to `None`.
        ops: `numpy` for arrays or `keras.ops` for tensors. Defaults to `numpy`.

    Returns:
        Float32 array or tensor of shape `(new height, new width, 3)`, 0-255.
    """
    family, fixed = required_family_of(model), model.input_shape[1:3]
    image_size = ops.shape(image)[:2]
    shrinks = size is not None and family.keeps_aspect_ratio and None in fixed
    if size is None:
        sides = [max(side, MIN_SIZE) for side in image_size]
    elif family.keeps_aspect_ratio:
        sides = sides_by_shorter(image_size, size, ops)
    else:
        sides = [size, size]
    sides = [side if known is None else known for side, known in zip(sides, fixed, strict=True)]
    pixels = resize_part(image, sides, (0, 0), sides, **family.resize, ops=ops)
    if shrinks:
        stride = output_stride_of(model)
        for axis, (side, known) in enumerate(zip(sides, fixed, strict=True)):
            if known is None:
                pixels = interpolate(pixels, corner_taps(side, side // stride * stride, ops), axis, ops)
    return pixels


def has_one_input_size(model: Model) -> bool:
    """Returns whether `resize_for_segmenter` with a `size` resizes all pictures to the same height and width."""
    return None not in model.input_shape[1:3] or not required_family_of(model).keeps_aspect_ratio
