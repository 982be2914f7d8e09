import keras
import numpy as np
from keras import ops

from keras_mobilevitv3.checks import check_boolean, check_integer
from keras_mobilevitv3.layers.bilinear_resize import bilinear_resize


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class Upsampling(keras.layers.Layer):
    """Enlarges maps bilinearly: by a factor, to the size of other maps, or by a factor and then to that size.

    Args:
        scale: Integer, factor of the bilinear enlargement, or `None` for one straight to the size of `like`. After a
            factor, a size that still differs from that of `like` is taken by nearest neighbour: row `i` is row
            `floor(i * enlarged / height)`. Defaults to `None`.
        align_corners: Boolean, whether the corner pixels of input and output have the same centres. Defaults to
            `False`.

    Call arguments:
        inputs: Float tensor of shape `(batch, height, width, channels)`.
        like: Tensor of rank 4 whose height and width the output is to have. Optional with `scale`.

    Returns:
        Float tensor of the size of `like`, or of `scale` times the size of `inputs`.

    Raises:
        ValueError: If an argument is not as stated, or neither `scale` nor `like` is given.
    """

    def __init__(self, scale=None, align_corners=False, **kwargs):
        super().__init__(**kwargs)
        check_integer("scale", scale, optional=True)
        check_boolean("align_corners", align_corners)
        self.scale = scale
        self.align_corners = align_corners

    def build(self, inputs_shape, like_shape=None):
        if self.scale is None and like_shape is None:
            raise ValueError("`like` must be given with `scale=None`. Received: like=None")

    def call(self, inputs, like=None):
        size = None if like is None else ops.shape(like)[1:3]
        if self.scale is None:
            return bilinear_resize(inputs, size, self.align_corners)
        _, height, width, _ = ops.shape(inputs)
        outputs = bilinear_resize(inputs, (height * self.scale, width * self.scale), self.align_corners)
        return outputs if size is None else nearest_resize(outputs, size)

    def compute_output_shape(self, inputs_shape, like_shape=None):
        batch, height, width, channels = inputs_shape
        if like_shape is not None:
            return (batch, *like_shape[1:3], channels)
        return (batch, *(None if side is None else side * self.scale for side in (height, width)), channels)

    def get_config(self):
        return {**super().get_config(), "scale": self.scale, "align_corners": self.align_corners}


def nearest_resize(maps, size):
    """Resizes maps by repeating or leaving out rows and columns: output `i` is input `floor(i * n_in / n_out)`.

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
