import math

import keras
from keras import ops

from keras_mobilevitv3.checks import check_integer, check_rate
from keras_mobilevitv3.initializers import GlorotUniform, Zeros
from keras_mobilevitv3.layers.composite_layer import CompositeLayer
from keras_mobilevitv3.layers.optional_attention_scores import ReturnsAttentionScores
from keras_mobilevitv3.layers.patches import split_patches

PATCH_AXES = (1, 3)  # of (B, H/2, 2, W/2, 2, C)


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class SeparableSelfAttention(ReturnsAttentionScores, CompositeLayer):
    """Separable self-attention over 2x2 patches, linear in the number of patches.

    One score per patch, for each of the four pixels of a patch, weights the keys into one context vector, which scales
    the values. The maps are viewed as patches and never unfolded.

    Args:
        dim: Integer, channels of the input and of the output.
        dropout: Float in [0, 1), rate on the scores. Defaults to `0.0`.
        kernel_initializer: Keras initializer of both projections. Defaults to `GlorotUniform`.
        bias_initializer: Keras initializer of both biases. Defaults to `Zeros`.

    Call arguments:
        inputs: Float tensor of shape `(batch, height, width, dim)`; height and width are even.
        training: Boolean, whether dropout acts.
        return_attention_scores: Boolean, whether to return the scores too. Defaults to `False`.

    Returns:
        Float tensor of the shape of `inputs`. With `return_attention_scores=True` a tuple of it and of the scores
        before dropout, `(batch, height, width)`: how much each pixel gives to the context of its place in the patches.
        For each of the four places they sum to 1.

    Reference:
        [Mehta and Rastegari, 2022](https://arxiv.org/abs/2206.02680), section 3.1
    """

    def __init__(
        self,
        dim,
        dropout=0.0,
        kernel_initializer=GlorotUniform,
        bias_initializer=Zeros,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_integer("dim", dim)
        check_rate("dropout", dropout)
        self.dim = dim
        self.dropout = dropout
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.qkv = self._projection(1 + 2 * dim, name="qkv")
        # A softmax over thousands of patches, and the sum it weights, lose too much in half precision.
        self.score_dtype = keras.backend.result_type(self.compute_dtype, "float32")
        self.drop = keras.layers.Dropout(dropout, dtype=self.score_dtype, name="drop")
        self.out = self._projection(dim, name="out")
        self.restore_sublayers()

    def _projection(self, units, name):
        return keras.layers.Dense(
            units,
            kernel_initializer=self.kernel_initializer.clone(),  # or both would draw the same values
            bias_initializer=self.bias_initializer.clone(),
            dtype=self.dtype_policy,
            name=name,
        )

    def build(self, input_shape):
        self.qkv.build(input_shape)
        self.out.build(input_shape)

    def call(self, inputs, training=None, return_attention_scores=False):
        # Slices, as sizes after Keras' `split` are no constants to `torch.export`.
        parts = split_patches(self.qkv(inputs))
        query, key, value = parts[..., :1], parts[..., 1 : 1 + self.dim], parts[..., 1 + self.dim :]
        scores = _softmax(ops.cast(query, self.score_dtype))  # (B, H/2, 2, W/2, 2, 1)
        kept = self.drop(scores, training=training)
        context = _over_patches(ops.sum, ops.cast(key, self.score_dtype) * kept)  # (B, 1, 2, 1, 2, C)
        outputs = ops.relu(value) * ops.cast(context, value.dtype)  # (B, H/2, 2, W/2, 2, C)
        outputs = self.out(ops.reshape(outputs, ops.shape(inputs)))
        return (outputs, ops.reshape(scores, ops.shape(inputs)[:-1])) if return_attention_scores else outputs

    def compute_output_shape(self, input_shape):
        return input_shape

    def multiply_adds(self, input_shape, published=True):
        """Multiply-adds of both projections; the rest is elementwise.

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
    """Softmax over the patches, `(B, H/2, 2, W/2, 2, 1)`; `ops.softmax` over two axes would transpose."""
    # Without images `max` of Keras fails on PyTorch, and `amax` on TensorFlow.
    no_images = keras.backend.backend() == "tensorflow" and 0 in scores.shape
    exponentials = ops.exp(scores - _over_patches(ops.sum if no_images else ops.amax, scores))
    return exponentials / _over_patches(ops.sum, exponentials)


def _over_patches(reduce, values):
    """Reduces one axis after the other, which PyTorch does several times faster than both at once."""
    for axis in PATCH_AXES:
        values = reduce(values, axis=axis, keepdims=True)
    return values
