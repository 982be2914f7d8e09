from typing import Any

import keras
import numpy as np
from keras import ops

from keras_mobilevitv3.array_types import Tensor
from keras_mobilevitv3.checks import check_boolean, check_integer
from keras_mobilevitv3.layers.bilinear_resize import bilinear_resize


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class Upsampling(keras.layers.Layer):
    """Bilinear enlargement of maps: by a factor, to the size of other maps, or by a factor and then to this size.

    Args:
        scale: Integer, factor of the bilinear resize, or `None` to resize directly to the size of `like`. If the size
            after the factor differs from the size of `like`, a nearest neighbor resize follows: output row `i` is
            enlarged row `floor(i * enlarged_height / height)`. Defaults to `None`.
        align_corners: Boolean, whether to align the centers of the corner pixels of input and output. Defaults to
            `False`.

    Call arguments:
        inputs: Float tensor of shape `(batch, height, width, channels)`.
        like: Tensor of rank 4 with the height and width of the output. Optional if `scale` is given.

    Returns:
        Float tensor with the height and width of `like`, or without `like`, `scale` times those of `inputs`.

    Raises:
        ValueError: If an argument is invalid, or neither `scale` nor `like` is given.
    """

    def __init__(self, scale: int | None = None, align_corners: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_integer("scale", scale, optional=True)
        check_boolean("align_corners", align_corners)
        self.scale = scale
        self.align_corners = align_corners

    def build(self, inputs_shape, like_shape=None):
        if self.scale is None and like_shape is None:
            raise ValueError("`like` must be given with `scale=None`. Received: like=None")

    def call(self, inputs, like=None):
        if self.scale is None:
            return bilinear_resize(inputs, ops.shape(like)[1:3], self.align_corners)
        _, height, width, _ = ops.shape(inputs)
        outputs = bilinear_resize(inputs, (height * self.scale, width * self.scale), self.align_corners)
        return outputs if like is None else nearest_resize(outputs, ops.shape(like)[1:3])

    def compute_output_shape(self, inputs_shape, like_shape=None):
        batch, height, width, channels = inputs_shape
        if like_shape is not None:
            return (batch, *like_shape[1:3], channels)
        return (batch, *(None if side is None else side * self.scale for side in (height, width)), channels)

    def get_config(self):
        return {**super().get_config(), "scale": self.scale, "align_corners": self.align_corners}


def nearest_resize(maps: Tensor, size: tuple[int | Tensor, int | Tensor]) -> Tensor:
    """Resizes maps by nearest neighbor: output row or column `i` is input row or column `floor(i * n_in / n_out)`.

    Args:
        maps: Tensor of shape `(batch, height, width, channels)`.
        size: Tuple `(height, width)` of integers or integer scalar tensors.

    Returns:
        Tensor of shape `(batch, *size, channels)`.
    """
    for axis, out_size in zip((1, 2), size, strict=True):
        in_size = ops.shape(maps)[axis]
        if isinstance(in_size, int) and isinstance(out_size, int):
            if in_size != out_size:
                maps = ops.take(maps, np.arange(out_size) * in_size // out_size, axis=axis)
        else:
            maps = ops.take(maps, ops.arange(out_size, dtype="int32") * in_size // out_size, axis=axis)
    return maps
