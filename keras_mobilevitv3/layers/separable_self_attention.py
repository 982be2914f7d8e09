import math
from typing import Any

import keras
from keras import ops

from keras_mobilevitv3.array_types import Initializer
from keras_mobilevitv3.checks import check_integer, check_rate
from keras_mobilevitv3.initializers import GlorotUniform, Zeros
from keras_mobilevitv3.layers.composite_layer import CompositeLayer
from keras_mobilevitv3.layers.optional_attention_scores import OptionalAttentionScores
from keras_mobilevitv3.layers.patches import split_patches

PATCH_AXES = (1, 3)  # the axes of (B, H/2, 2, W/2, 2, C) that count patches


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class SeparableSelfAttention(OptionalAttentionScores, CompositeLayer):
    """Separable self-attention over 2x2 patches, linear in the number of patches.

    Each of the four places in a patch has its own attention: one score per patch weights the keys, their sum is the
    context vector, and the context vector scales the values. The maps are reshaped into patches, not unfolded.

    Args:
        dim: Integer, channels of the input and of the output.
        dropout: Float in [0, 1), rate on the scores. Defaults to `0.0`.
        kernel_initializer: Keras initializer of both projections. Defaults to `GlorotUniform`.
        bias_initializer: Keras initializer of both biases. Defaults to `Zeros`.

    Call arguments:
        inputs: Float tensor of shape `(batch, height, width, dim)`; height and width are even.
        training: Boolean, whether to apply dropout.
        return_attention_scores: Boolean, whether to return the scores too. Defaults to `False`.

    Returns:
        Float tensor of the shape of `inputs`. With `return_attention_scores=True`, a tuple of this tensor and the
        scores before dropout, of shape `(batch, height, width)`: the weight of each pixel in the context vector of its
        place. The scores of each of the four places sum to 1.

    Reference:
        [Mehta and Rastegari, 2022](https://arxiv.org/abs/2206.02680), section 3.1
    """

    def __init__(
        self,
        dim: int,
        dropout: float = 0.0,
        kernel_initializer: Initializer = GlorotUniform,
        bias_initializer: Initializer = Zeros,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_integer("dim", dim)
        check_rate("dropout", dropout)
        self.dim = dim
        self.dropout = dropout
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.qkv = self._projection(1 + 2 * dim, name="qkv")
        # Half precision is too coarse for a softmax over thousands of patches and for the weighted sum.
        self.score_dtype = keras.backend.result_type(self.compute_dtype, "float32")
        self.drop = keras.layers.Dropout(dropout, dtype=self.score_dtype, name="drop")
        self.out = self._projection(dim, name="out")
        self.restore_sublayers()

    def _projection(self, units, name):
        return keras.layers.Dense(
            units,
            kernel_initializer=self.kernel_initializer.clone(),  # one shared initializer would draw equal values
            bias_initializer=self.bias_initializer.clone(),
            dtype=self.dtype_policy,
            name=name,
        )

    def build(self, input_shape):
        self.qkv.build(input_shape)
        self.out.build(input_shape)

    def call(self, inputs, training=None, return_attention_scores=False):
        # Slices, because `torch.export` does not treat the sizes after `ops.split` as constants.
        parts = split_patches(self.run(self.qkv, inputs))
        query, key, value = parts[..., :1], parts[..., 1 : 1 + self.dim], parts[..., 1 + self.dim :]
        scores = _softmax(ops.cast(query, self.score_dtype))  # (B, H/2, 2, W/2, 2, 1)
        kept = self.run(self.drop, scores, training=training)
        context = _over_patches(ops.sum, ops.cast(key, self.score_dtype) * kept)  # (B, 1, 2, 1, 2, C)
        outputs = ops.relu(value) * ops.cast(context, value.dtype)  # (B, H/2, 2, W/2, 2, C)
        _, height, width, _ = ops.shape(inputs)
        outputs = self.run(self.out, ops.reshape(outputs, (-1, height, width, self.dim)))
        return (outputs, ops.reshape(scores, ops.shape(inputs)[:-1])) if return_attention_scores else outputs

    def compute_output_shape(self, input_shape):
        return input_shape

    def multiply_adds(self, input_shape, published=True):
        """Returns the number of multiply-adds of both projections. The other operations are elementwise.

        Args:
            input_shape: Tuple of integers `(batch, height, width, dim)`.
            published: Boolean, whether biases count, as in the published figures. Defaults to `True`.
        """
        bias = 1 if published else 0
        return math.prod(input_shape[:-1]) * (self.dim + bias) * (1 + 3 * self.dim)

    def get_config(self):
        return {
            **super().get_config(),
            "dim": self.dim,
            "dropout": self.dropout,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }


def _softmax(scores):
    """Applies softmax over the patches of `(B, H/2, 2, W/2, 2, 1)`. `ops.softmax` over two axes would transpose."""
    # With an empty batch, `ops.max` fails on PyTorch and `ops.amax` on TensorFlow.
    empty_on_tensorflow = keras.backend.backend() == "tensorflow" and 0 in scores.shape
    exponentials = ops.exp(scores - _over_patches(ops.sum if empty_on_tensorflow else ops.amax, scores))
    return exponentials / _over_patches(ops.sum, exponentials)


def _over_patches(reduce, values):
    """Reduces one axis after the other: on PyTorch several times faster than both axes at once."""
    for axis in PATCH_AXES:
        values = reduce(values, axis=axis, keepdims=True)
    return values
