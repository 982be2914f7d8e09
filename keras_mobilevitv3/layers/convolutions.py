"""Keras' convolutions, in the form that XLA computes fastest on a CPU."""

from itertools import product

import keras
from keras import ops

from keras_mobilevitv3.array_types import Tensor
from keras_mobilevitv3.layers.xla_on_cpu import compiles_for_cpu


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class Conv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D` that computes 1x1 convolutions as matrix products where XLA compiles for a CPU."""

    def convolution_op(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        is_product = self.kernel_size == (1, 1) and self.groups == 1 and self.data_format == "channels_last"
        if not is_product or not compiles_for_cpu(inputs):
            return super().convolution_op(inputs, kernel)
        rows, columns = self.strides
        return ops.matmul(inputs[:, ::rows, ::columns], ops.convert_to_tensor(kernel)[0, 0])


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class DepthwiseConv2D(keras.layers.DepthwiseConv2D):
    """`keras.layers.DepthwiseConv2D` that multiplies shifted maps where XLA compiles for a CPU.

    There, XLA computes a depthwise convolution value by value, and sums of products of whole maps in one fast loop.
    """

    def call(self, inputs):
        pads_evenly = self.padding == "valid" or self.strides == (1, 1)
        is_product = pads_evenly and self.depth_multiplier == 1 and self.data_format == "channels_last"
        if not is_product or not compiles_for_cpu(inputs):
            return super().call(inputs)
        if self.padding == "same":
            zeros = [rate * (size - 1) for rate, size in zip(self.dilation_rate, self.kernel_size)]
            inputs = ops.pad(inputs, [(0, 0), *((count // 2, count - count // 2) for count in zeros), (0, 0)])
        outputs = _sum_of_shifted_products(inputs, self.kernel, self.strides, self.dilation_rate)
        if self.use_bias:
            outputs = outputs + self.bias
        return self.activation(outputs)


def _sum_of_shifted_products(inputs, kernel, strides, dilation_rate):
    """Computes a depthwise convolution without padding. The sum is in at least float32, as in a convolution."""
    dtype = inputs.dtype
    sum_dtype = keras.backend.result_type(dtype, "float32")
    kernel = ops.cast(kernel, sum_dtype)[..., 0]  # (rows, columns, C)
    height, width, _ = kernel.shape
    rows, columns = (
        [slice(rate * index, rate * (index + 1 - size) or None, stride) for index in range(size)]
        for size, stride, rate in zip((height, width), strides, dilation_rate)
    )
    outputs = 0.0
    for row, column in product(range(height), range(width)):
        outputs += ops.cast(inputs[:, rows[row], columns[column]], sum_dtype) * kernel[row, column]
    return ops.cast(outputs, dtype)
