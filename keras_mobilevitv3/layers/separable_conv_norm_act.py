from collections.abc import Callable
from typing import Any

import keras

from keras_mobilevitv3.array_types import Initializer
from keras_mobilevitv3.checks import check_integer
from keras_mobilevitv3.initializers import GlorotUniform, Zeros
from keras_mobilevitv3.layers.conv_norm_act import ConvNormAct
from keras_mobilevitv3.layers.foldable_layer import FoldableLayer


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class SeparableConvNormAct(FoldableLayer):
    """Depthwise convolution with batch normalization, then a 1x1 convolution.

    The depthwise convolution always has batch normalization and never an activation or a bias. `use_norm`, `use_bias`
    and `activation` apply to the 1x1 convolution.

    Args:
        filters: Integer, channels of the output.
        kernel_size: Odd integer, kernel size of the depthwise convolution. Defaults to `3`.
        strides: Integer, strides of the depthwise convolution. Defaults to `1`.
        use_norm: Boolean, whether a batch normalization follows the 1x1 convolution. Defaults to `True`.
        use_bias: Boolean, whether the 1x1 convolution has a bias. Defaults to `False`.
        activation: Name or callable as in `keras.activations.get`, or `None`. Defaults to `"relu"`.
        kernel_initializer: Keras initializer of both kernels. Defaults to `GlorotUniform`.
        bias_initializer: Keras initializer of the bias. Defaults to `Zeros`.

    Call arguments:
        inputs: Float tensor of shape `(batch, height, width, channels)`.
        training: Boolean, whether to use batch statistics.

    Returns:
        Float tensor of shape `(batch, ceil(height / strides), ceil(width / strides), filters)`.

    Raises:
        ValueError: If an argument is invalid.

    Reference:
        [Sandler et al., 2018](https://arxiv.org/abs/1801.04381), section 6.2
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int = 3,
        strides: int = 1,
        use_norm: bool = True,
        use_bias: bool = False,
        activation: str | Callable | None = "relu",
        kernel_initializer: Initializer = GlorotUniform,
        bias_initializer: Initializer = Zeros,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_integer("filters", filters)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.use_norm = use_norm
        self.use_bias = use_bias
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.depthwise = ConvNormAct(
            None,
            kernel_size=kernel_size,
            strides=strides,
            depthwise=True,
            activation=None,
            kernel_initializer=self.kernel_initializer.clone(),  # one shared initializer would draw equal values
            fused=self.fused,
            dtype=self.dtype_policy,
            name="depthwise",
        )
        self.pointwise = ConvNormAct(
            filters,
            kernel_size=1,
            use_norm=use_norm,
            use_bias=use_bias,
            activation=self.activation,
            kernel_initializer=self.kernel_initializer.clone(),
            bias_initializer=self.bias_initializer,
            fused=self.fused,
            dtype=self.dtype_policy,
            name="pointwise",
        )
        self.restore_sublayers()

    def build(self, input_shape):
        self.depthwise.build(input_shape)
        self.pointwise.build(self.depthwise.compute_output_shape(input_shape))

    def call(self, inputs, training=None):
        features = self.run(self.depthwise, inputs, training=training)
        return self.run(self.pointwise, features, training=training)

    def compute_output_shape(self, input_shape):
        return self.pointwise.compute_output_shape(self.depthwise.compute_output_shape(input_shape))

    def multiply_adds(self, input_shape, published=True):
        """Returns the number of multiply-adds of both convolutions.

        Args:
            input_shape: Tuple of integers `(batch, height, width, channels)`.
            published: Boolean, whether the bias counts, as in the published figures. Defaults to `True`.
        """
        shape = self.depthwise.compute_output_shape(input_shape)
        return self.depthwise.multiply_adds(input_shape, published) + self.pointwise.multiply_adds(shape, published)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "use_norm": self.use_norm,
            "use_bias": self.use_bias,
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }
