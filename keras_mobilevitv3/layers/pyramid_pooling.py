from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from keras_mobilevitv3.array_types import Initializer
from keras_mobilevitv3.checks import check_integer, check_positive_integers
from keras_mobilevitv3.initializers import GlorotUniform
from keras_mobilevitv3.layers.adaptive_average_pool import adaptive_average_pool
from keras_mobilevitv3.layers.bilinear_resize import bilinear_resize
from keras_mobilevitv3.layers.conv_norm_act import ConvNormAct
from keras_mobilevitv3.layers.foldable_layer import FoldableLayer


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class PyramidPooling(FoldableLayer):
    """Pyramid pooling: means over grids of several sizes, resized to the map and fused with it by a 3x3 convolution.

    Args:
        filters: Integer, channels of the output.
        branch_filters: Integer, channels of each level of the pyramid.
        pool_sizes: Tuple of integers, windows along each axis at each level. Defaults to `(1, 2, 3, 6)`.
        activation: Name or callable as in `keras.activations.get`. Defaults to `"relu"`.
        kernel_initializer: Keras initializer of all kernels. Defaults to `GlorotUniform`.

    Call arguments:
        inputs: Float tensor of shape `(batch, height, width, channels)`; height and width are at least the
            largest of `pool_sizes`.
        training: Boolean, whether to use batch statistics.

    Returns:
        Float tensor of shape `(batch, height, width, filters)`.

    Raises:
        ValueError: If an argument is invalid, or the map is known to be smaller than one of `pool_sizes`.

    Reference:
        [Zhao et al., 2017](https://arxiv.org/abs/1612.01105), figure 3
    """

    def __init__(
        self,
        filters: int,
        branch_filters: int,
        pool_sizes: Sequence[int] = (1, 2, 3, 6),
        activation: str | Callable | None = "relu",
        kernel_initializer: Initializer = GlorotUniform,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_integer("filters", filters)
        check_integer("branch_filters", branch_filters)
        check_positive_integers("pool_sizes", pool_sizes)
        self.filters = filters
        self.branch_filters = branch_filters
        self.pool_sizes = tuple(pool_sizes)
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

        self.branches = [
            self._conv(branch_filters, kernel_size=1, name=f"branch_{index}") for index in range(len(self.pool_sizes))
        ]
        self.fusion = self._conv(filters, kernel_size=3, name="fusion")
        self.restore_sublayers()

    def _conv(self, filters, kernel_size, name):
        return ConvNormAct(
            filters,
            kernel_size=kernel_size,
            activation=self.activation,
            # Each kernel gets a copy: one initializer draws equal values for equal shapes. A function has no `clone`.
            kernel_initializer=getattr(self.kernel_initializer, "clone", lambda: self.kernel_initializer)(),
            fused=self.fused,
            dtype=self.dtype_policy,
            name=name,
        )

    def build(self, input_shape):
        self._check_size(input_shape)
        for layer, shape in self._convolutions(input_shape):
            layer.build(shape)

    def call(self, inputs, training=None):
        self._check_size(inputs.shape)
        _, height, width, _ = ops.shape(inputs)
        maps = [inputs]
        for pool_size, branch in zip(self.pool_sizes, self.branches):
            means = adaptive_average_pool(inputs, pool_size)
            means = self.run(branch, means, training=training)  # (B, p, p, branch_filters)
            maps.append(bilinear_resize(means, (height, width), align_corners=True))
        return self.run(self.fusion, ops.concatenate(maps, axis=-1), training=training)

    def _check_size(self, shape):
        """Raises `ValueError` for a map that is known to be too small.

        A size that is unknown while tracing passes: the windows of a smaller map repeat its rows.
        """
        if any(side is not None and side < max(self.pool_sizes) for side in shape[1:3]):
            raise ValueError(
                f"The map must not be smaller than any of `pool_sizes={self.pool_sizes}`; take larger images or a "
                f"smaller output stride. Received: input shape {tuple(shape)}"
            )

    def _convolutions(self, input_shape):
        """Yields each convolution with the shape of its input."""
        batch, height, width, channels = input_shape
        for pool_size, branch in zip(self.pool_sizes, self.branches):
            yield branch, (batch, pool_size, pool_size, channels)
        yield self.fusion, (batch, height, width, channels + len(self.branches) * self.branch_filters)

    def compute_output_shape(self, input_shape):
        self._check_size(input_shape)
        return (*input_shape[:-1], self.filters)

    def multiply_adds(self, input_shape, published=True):
        """Returns the number of multiply-adds of the convolutions, without pooling and resizing.

        Args:
            input_shape: Tuple of integers `(batch, height, width, channels)`.
            published: Boolean, has no effect: the convolutions have no biases. Defaults to `True`.
        """
        return sum(layer.multiply_adds(shape, published) for layer, shape in self._convolutions(input_shape))

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "branch_filters": self.branch_filters,
            "pool_sizes": self.pool_sizes,
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
