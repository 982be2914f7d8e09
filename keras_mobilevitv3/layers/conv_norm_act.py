import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_mobilevitv3.array_types import Initializer
from keras_mobilevitv3.checks import check_boolean, check_integer, check_odd
from keras_mobilevitv3.initializers import GlorotUniform, Zeros
from keras_mobilevitv3.layers.convolutions import Conv2D, DepthwiseConv2D
from keras_mobilevitv3.layers.foldable_layer import FoldableLayer
from keras_mobilevitv3.layers.unbiased_batch_normalization import UnbiasedBatchNormalization

BATCH_NORM_EPSILON = 1e-5


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class ConvNormAct(FoldableLayer):
    """Convolution, batch normalization and activation, with equal zero padding on all sides.

    The padding on each side is `dilation_rate * (kernel_size - 1) / 2` at every stride. The output has size
    `ceil(size / strides)` and matches PyTorch's. At stride 2, Keras' `"same"` would pad right and bottom only.

    Args:
        filters: Integer, channels of the output. Must be `None` with `depthwise=True`, which keeps the channels.
        kernel_size: Odd integer. Defaults to `3`.
        strides: Integer. Defaults to `1`.
        dilation_rate: Integer; above 1 only with `strides=1`. Defaults to `1`.
        depthwise: Boolean, whether to use one filter per channel. Defaults to `False`.
        use_norm: Boolean, whether a batch normalization (epsilon 1e-5, momentum 0.9) follows the convolution. Defaults
            to `True`.
        use_bias: Boolean, whether the convolution has a bias. Defaults to `False`.
        activation: Name or callable as in `keras.activations.get`, or `None`. Defaults to `"silu"`.
        kernel_initializer: Keras initializer of the kernel. Defaults to `GlorotUniform`.
        bias_initializer: Keras initializer of the bias. Defaults to `Zeros`.
        **kwargs: `fused` of `FoldableLayer`, and arguments of `CompositeLayer`.

    Call arguments:
        inputs: Float tensor of shape `(batch, height, width, channels)`.
        training: Boolean, whether to use batch statistics.

    Returns:
        Float tensor of shape `(batch, ceil(height / strides), ceil(width / strides), filters)`.

    Raises:
        ValueError: If an argument is invalid.
    """

    def __init__(
        self,
        filters: int | None,
        kernel_size: int = 3,
        strides: int = 1,
        dilation_rate: int = 1,
        depthwise: bool = False,
        use_norm: bool = True,
        use_bias: bool = False,
        activation: str | Callable | None = "silu",
        kernel_initializer: Initializer = GlorotUniform,
        bias_initializer: Initializer = Zeros,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_integer("filters", filters, optional=True)
        check_odd("kernel_size", kernel_size)
        check_integer("strides", strides)
        check_integer("dilation_rate", dilation_rate)
        for name, value in (("depthwise", depthwise), ("use_norm", use_norm), ("use_bias", use_bias)):
            check_boolean(name, value)
        if (filters is None) != depthwise:
            raise ValueError(
                "`filters` must be None with `depthwise=True` and an integer otherwise. "
                f"Received: filters={filters}, depthwise={depthwise}"
            )
        if strides > 1 and dilation_rate > 1:
            raise ValueError(
                f"`dilation_rate` above 1 needs `strides=1`. Received: strides={strides}, dilation_rate={dilation_rate}"
            )
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.dilation_rate = dilation_rate
        self.depthwise = depthwise
        self.use_norm = use_norm
        self.use_bias = use_bias
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)

        convolution = {
            "kernel_size": kernel_size,
            "strides": strides,
            "dilation_rate": dilation_rate,
            "padding": "valid" if strides > 1 else "same",
            "data_format": "channels_first" if self._channels_first() else "channels_last",
            "use_bias": use_bias or (use_norm and self.fused),
            "bias_initializer": self.bias_initializer,
            "dtype": self.dtype_policy,
            "name": "conv",
        }
        if depthwise:
            self.conv = DepthwiseConv2D(depthwise_initializer=self.kernel_initializer, **convolution)
        else:
            self.conv = Conv2D(filters, kernel_initializer=self.kernel_initializer, **convolution)
        self.norm = None
        if use_norm and not self.fused:
            self.norm = UnbiasedBatchNormalization(
                momentum=0.9, epsilon=BATCH_NORM_EPSILON, dtype=self.dtype_policy, name="norm"
            )
        self.restore_sublayers()

    def build(self, input_shape):
        batch, height, width, channels = input_shape
        padding = 2 * self._padding()
        size = [None if side is None else side + padding for side in (height, width)]
        self.conv.build((batch, channels, *size) if self._channels_first() else (batch, *size, channels))
        if self.norm is not None:
            self.norm.build(self.compute_output_shape(input_shape))

    def call(self, inputs, training=None):
        outputs = inputs
        padding = self._padding()
        if padding > 0:
            outputs = ops.pad(outputs, [(0, 0), (padding, padding), (padding, padding), (0, 0)])
        if self._channels_first():
            outputs = self.run(self.conv, ops.transpose(outputs, (0, 3, 1, 2)))
            outputs = ops.transpose(outputs, (0, 2, 3, 1))
        else:
            outputs = self.run(self.conv, outputs)
        if self.norm is not None:
            outputs = self.run(self.norm, outputs, training=training)
        return self.activation(outputs)

    @staticmethod
    def _channels_first():
        """Returns whether the convolution gets a channels-first view of the maps.

        On PyTorch, the view keeps the memory channels last and costs no copy. With `"channels_last"`, Keras would copy
        the maps twice: to channels first and back.
        """
        return keras.backend.backend() == "torch"

    def _padding(self):
        """Returns the number of zeros that `call` adds on each side. At stride 1, the convolution itself pads."""
        return self.kernel_size // 2 if self.strides > 1 else 0

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        filters = channels if self.depthwise else self.filters
        return (batch, self._output_size(height), self._output_size(width), filters)

    def _output_size(self, size):
        return None if size is None else -(-size // self.strides)

    def multiply_adds(self, input_shape, published=True):
        """Returns the number of multiply-adds of the convolution.

        Args:
            input_shape: Tuple of integers `(batch, height, width, channels)`.
            published: Boolean, whether biases count, as in the published figures. Defaults to `True`.
        """
        channels = 1 if self.depthwise else input_shape[-1]
        bias = 1 if self.use_bias and published else 0
        return math.prod(self.compute_output_shape(input_shape)) * (channels * self.kernel_size**2 + bias)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "dilation_rate": self.dilation_rate,
            "depthwise": self.depthwise,
            "use_norm": self.use_norm,
            "use_bias": self.use_bias,
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }
