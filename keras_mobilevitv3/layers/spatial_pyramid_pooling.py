from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from keras_mobilevitv3.array_types import Initializer
from keras_mobilevitv3.checks import check_integer, check_positive_integers
from keras_mobilevitv3.initializers import GlorotUniform
from keras_mobilevitv3.layers.conv_norm_act import ConvNormAct
from keras_mobilevitv3.layers.foldable_layer import FoldableLayer


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class SpatialPyramidPooling(FoldableLayer):
    """Atrous spatial pyramid pooling: a 1x1 convolution, dilated 3x3 convolutions and the mean, then a projection.

    The branch of the mean has its own batch normalization, with one value per image and channel. In training on
    a batch of one image, this branch therefore learns nothing.

    Args:
        filters: Integer, channels of each branch and of the output.
        atrous_rates: Tuple of integers, dilation rate of each 3x3 convolution. Defaults to `(6, 12, 18)`.
        activation: Name or callable as in `keras.activations.get`. Defaults to `"relu"`.
        kernel_initializer: Keras initializer of all kernels. Defaults to `GlorotUniform`.

    Call arguments:
        inputs: Float tensor of shape `(batch, height, width, channels)`.
        training: Boolean, whether to use batch statistics.

    Returns:
        Float tensor of shape `(batch, height, width, filters)`.

    Raises:
        ValueError: If an argument is invalid.

    Reference:
        [Chen et al., 2017](https://arxiv.org/abs/1706.05587), figure 5
    """

    def __init__(
        self,
        filters: int,
        atrous_rates: Sequence[int] = (6, 12, 18),
        activation: str | Callable | None = "relu",
        kernel_initializer: Initializer = GlorotUniform,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_integer("filters", filters)
        check_positive_integers("atrous_rates", atrous_rates)
        self.filters = filters
        self.atrous_rates = tuple(atrous_rates)
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

        self.branches = [self._conv("branch_0")]
        for index, rate in enumerate(self.atrous_rates, start=1):
            self.branches.append(self._conv(f"branch_{index}", kernel_size=3, dilation_rate=rate))
        self.pool_conv = self._conv("pool_conv")
        self.project = self._conv("project")
        self.restore_sublayers()

    def _conv(self, name, kernel_size=1, dilation_rate=1):
        return ConvNormAct(
            self.filters,
            kernel_size=kernel_size,
            dilation_rate=dilation_rate,
            activation=self.activation,
            # Each kernel gets a copy: one initializer draws equal values for equal shapes. A function has no `clone`.
            kernel_initializer=getattr(self.kernel_initializer, "clone", lambda: self.kernel_initializer)(),
            fused=self.fused,
            dtype=self.dtype_policy,
            name=name,
        )

    def build(self, input_shape):
        for layer, shape in self._convolutions(input_shape):
            layer.build(shape)

    def call(self, inputs, training=None):
        maps = [self.run(branch, inputs, training=training) for branch in self.branches]
        means = ops.mean(inputs, axis=(1, 2), keepdims=True)  # (B, 1, 1, C)
        means = self.run(self.pool_conv, means, training=training)
        maps.append(ops.broadcast_to(means, ops.shape(maps[0])))
        return self.run(self.project, ops.concatenate(maps, axis=-1), training=training)

    def _convolutions(self, input_shape):
        """Yields each convolution with the shape of its input."""
        batch, height, width, channels = input_shape
        for branch in self.branches:
            yield branch, tuple(input_shape)
        yield self.pool_conv, (batch, 1, 1, channels)
        yield self.project, (batch, height, width, (len(self.branches) + 1) * self.filters)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.filters)

    def multiply_adds(self, input_shape, published=True):
        """Returns the number of multiply-adds of the convolutions.

        Args:
            input_shape: Tuple of integers `(batch, height, width, channels)`.
            published: Boolean, has no effect: the convolutions have no biases. Defaults to `True`.
        """
        return sum(layer.multiply_adds(shape, published) for layer, shape in self._convolutions(input_shape))

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "atrous_rates": self.atrous_rates,
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
