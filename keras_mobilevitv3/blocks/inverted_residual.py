from collections.abc import Callable
from typing import Any

import keras

from keras_mobilevitv3.block_options import check_initialization
from keras_mobilevitv3.blocks.initialization import convolution_initializers, depthwise_initializers
from keras_mobilevitv3.checks import check_choice, check_integer
from keras_mobilevitv3.layers import ConvNormAct, FoldableLayer


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class InvertedResidual(FoldableLayer):
    """Inverted residual of MobileNetV2: 1x1 expansion, depthwise 3x3 convolution, linear 1x1 projection.

    The input is added to the output if `strides` is 1 and the input has `filters` channels. With `expand_ratio=1`
    there is no expansion.

    Args:
        filters: Integer, channels of the output.
        strides: Integer, 1 or 2. Defaults to `1`.
        dilation_rate: Integer, dilation rate of the depthwise convolution; above 1 only with `strides=1`. Defaults to
            `1`.
        expand_ratio: Integer, number of expanded channels per input channel. Defaults to `4`.
        activation: Name or callable, activation of the expansion and the depthwise convolution. Defaults to `"silu"`.
        initialization: `"kaiming_normal"` or `"pytorch_uniform"`. Defaults to `"kaiming_normal"`.

    Call arguments:
        inputs: Float tensor of shape `(batch, height, width, channels)`.
        training: Boolean, whether to use batch statistics.

    Returns:
        Float tensor of shape `(batch, ceil(height / strides), ceil(width / strides), filters)`.

    Raises:
        ValueError: If an argument is invalid.

    Reference:
        [Sandler et al., 2018](https://arxiv.org/abs/1801.04381), section 3.3
    """

    def __init__(
        self,
        filters: int,
        strides: int = 1,
        dilation_rate: int = 1,
        expand_ratio: int = 4,
        activation: str | Callable | None = "silu",
        initialization: str = "kaiming_normal",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        for name, value in (("filters", filters), ("dilation_rate", dilation_rate), ("expand_ratio", expand_ratio)):
            check_integer(name, value)
        check_choice("strides", strides, (1, 2))
        check_initialization(initialization)
        self.filters = filters
        self.strides = strides
        self.dilation_rate = dilation_rate
        self.expand_ratio = expand_ratio
        self.activation = keras.activations.get(activation)
        self.initialization = initialization

    def build(self, input_shape):
        channels = input_shape[-1]
        expanded = channels * self.expand_ratio
        self.residual = self.strides == 1 and channels == self.filters
        self.expand = None
        if self.expand_ratio != 1:
            self.expand = self._conv(expanded, "expand", **convolution_initializers(self.initialization, channels))
        self.depthwise = self._conv(
            None,
            "depthwise",
            kernel_size=3,
            strides=self.strides,
            dilation_rate=self.dilation_rate,
            depthwise=True,
            **depthwise_initializers(self.initialization, kernel_size=3),
        )
        self.project = self._conv(
            self.filters, "project", activation=None, **convolution_initializers(self.initialization, expanded)
        )
        self.restore_sublayers()
        shape = input_shape
        for layer in (self.expand, self.depthwise, self.project):
            if layer is not None:
                layer.build(shape)
                shape = layer.compute_output_shape(shape)

    def _conv(self, filters, name, kernel_size=1, **kwargs):
        return ConvNormAct(
            filters,
            kernel_size=kernel_size,
            **{"activation": self.activation, **kwargs},
            fused=self.fused,
            dtype=self.dtype_policy,
            name=name,
        )

    def call(self, inputs, training=None):
        features = inputs
        if self.expand is not None:
            features = self.run(self.expand, features, training=training)
        features = self.run(self.depthwise, features, training=training)
        features = self.run(self.project, features, training=training)
        return features + inputs if self.residual else features

    def compute_output_shape(self, input_shape):
        batch, height, width, _ = input_shape
        size = (None if side is None else -(-side // self.strides) for side in (height, width))
        return (batch, *size, self.filters)

    def multiply_adds(self, input_shape, published=True):
        """Returns the number of multiply-adds of the convolutions.

        Args:
            input_shape: Tuple of integers `(batch, height, width, channels)`.
            published: Boolean, has no effect: the convolutions have no biases. Defaults to `True`.
        """
        total = 0
        for layer in (self.expand, self.depthwise, self.project):
            if layer is not None:
                total += layer.multiply_adds(input_shape, published)
                input_shape = layer.compute_output_shape(input_shape)
        return total

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "strides": self.strides,
            "dilation_rate": self.dilation_rate,
            "expand_ratio": self.expand_ratio,
            "activation": keras.activations.serialize(self.activation),
            "initialization": self.initialization,
        }
