import math
from collections.abc import Callable
from typing import Any

import keras

from keras_mobilevitv3.block_options import check_attention, check_initialization
from keras_mobilevitv3.blocks.initialization import convolution_initializers, linear_initializers
from keras_mobilevitv3.checks import check_integer, check_rate
from keras_mobilevitv3.layers import (
    CompositeLayer,
    GroupNormalization,
    LayerNormalization,
    MultiHeadSelfAttention,
    SeparableSelfAttention,
)
from keras_mobilevitv3.layers.optional_attention_scores import OptionalAttentionScores


def transformer_norm(attention: str, **kwargs: Any) -> keras.Layer:
    """Returns a norm of the transformer.

    Args:
        attention: `"multi_head"` for LayerNorm over channels, `"separable"` for GroupNorm of one group over pixels,
            patches and channels.
        **kwargs: Arguments of `keras.layers.Layer`.
    """
    return LayerNormalization(**kwargs) if attention == "multi_head" else GroupNormalization(**kwargs)


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class TransformerEncoder(OptionalAttentionScores, CompositeLayer):
    """Pre-norm transformer layer with multi-head or separable self-attention.

    The layer computes `x = x + drop(attention(norm(x)))`, then `x = x + drop(ffn(norm(x)))`. The feed-forward network
    has one hidden layer.

    Args:
        dim: Integer, channels of the input and of the output.
        ffn_dim: Integer, hidden channels of the feed-forward network.
        attention: `"multi_head"` (input: sequences; LayerNorm) or `"separable"` (input: maps; GroupNorm of one group).
        num_heads: Integer that divides `dim`; multi-head attention only. Defaults to `4`.
        dropout: Float in [0, 1), rate on the outputs of attention and feed-forward network. Defaults to `0.0`.
        attention_dropout: Float in [0, 1), rate on the attention scores. Defaults to `0.0`.
        ffn_dropout: Float in [0, 1), rate inside the feed-forward network. Defaults to `0.0`.
        activation: Name or callable, activation of the hidden layer. Defaults to `"silu"`.
        initialization: `"kaiming_normal"` or `"pytorch_uniform"`, initialization of the layers in the separable family,
            which are 1x1 convolutions. The layers in the multi-head family are linear and ignore this argument: their
            kernels are normal with standard deviation 0.02. Defaults to `"kaiming_normal"`.

    Call arguments:
        inputs: Float tensor, `(batch, N, dim)` for multi-head attention, `(batch, height, width, dim)` with even height
            and width for separable attention.
        training: Boolean, whether to apply dropout.
        return_attention_scores: Boolean, whether to return the scores of the attention layer too. Defaults to `False`.

    Returns:
        Float tensor of the shape of `inputs`. With `return_attention_scores=True`, a tuple of this tensor and the
        scores.

    Raises:
        ValueError: If an argument is invalid.

    Reference:
        [Mehta and Rastegari, 2021](https://arxiv.org/abs/2110.02178), [2022](https://arxiv.org/abs/2206.02680)
    """

    def __init__(
        self,
        dim: int,
        ffn_dim: int,
        attention: str,
        num_heads: int = 4,
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
        ffn_dropout: float = 0.0,
        activation: str | Callable | None = "silu",
        initialization: str = "kaiming_normal",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_attention(attention)
        for name, value in (("dim", dim), ("ffn_dim", ffn_dim), ("num_heads", num_heads)):
            check_integer(name, value)
        for name, rate in (
            ("dropout", dropout),
            ("attention_dropout", attention_dropout),
            ("ffn_dropout", ffn_dropout),
        ):
            check_rate(name, rate)
        check_initialization(initialization)
        self.dim = dim
        self.ffn_dim = ffn_dim
        self.attention = attention
        self.num_heads = num_heads
        self.dropout = dropout
        self.attention_dropout = attention_dropout
        self.ffn_dropout = ffn_dropout
        self.activation = keras.activations.get(activation)
        self.initialization = initialization

        shared = {"dtype": self.dtype_policy}
        self.attention_norm = transformer_norm(attention, name="attention_norm", **shared)
        attention_arguments = {
            "dropout": attention_dropout,
            **self._initializers(dim),
            "name": "attention_layer",
            **shared,
        }
        if attention == "multi_head":
            self.attention_layer = MultiHeadSelfAttention(dim, num_heads=num_heads, **attention_arguments)
        else:
            self.attention_layer = SeparableSelfAttention(dim, **attention_arguments)
        self.attention_drop = keras.layers.Dropout(dropout, name="attention_drop", **shared)
        self.ffn_norm = transformer_norm(attention, name="ffn_norm", **shared)
        self.ffn_expand = keras.layers.Dense(
            ffn_dim, activation=self.activation, name="ffn_expand", **self._initializers(dim), **shared
        )
        self.ffn_inner_drop = keras.layers.Dropout(ffn_dropout, name="ffn_inner_drop", **shared)
        self.ffn_project = keras.layers.Dense(dim, name="ffn_project", **self._initializers(ffn_dim), **shared)
        self.ffn_drop = keras.layers.Dropout(dropout, name="ffn_drop", **shared)
        self.restore_sublayers()

    def _initializers(self, fan_in):
        if self.attention == "multi_head":
            return linear_initializers()
        return convolution_initializers(self.initialization, fan_in)

    def build(self, input_shape):
        for layer in (self.attention_norm, self.attention_layer, self.ffn_norm, self.ffn_expand):
            layer.build(input_shape)
        self.ffn_project.build((*input_shape[:-1], self.ffn_dim))

    def call(self, inputs, training=None, return_attention_scores=False):
        features, scores = self.run(self.attention_norm, inputs), None
        if return_attention_scores:
            features, scores = self.run(self.attention_layer, features, training=training, return_attention_scores=True)
        else:
            features = self.run(self.attention_layer, features, training=training)
        tokens = inputs + self.run(self.attention_drop, features, training=training)
        features = self.run(self.ffn_expand, self.run(self.ffn_norm, tokens))
        features = self.run(self.ffn_project, self.run(self.ffn_inner_drop, features, training=training))
        outputs = tokens + self.run(self.ffn_drop, features, training=training)
        return (outputs, scores) if return_attention_scores else outputs

    def compute_output_shape(self, input_shape):
        return input_shape

    def multiply_adds(self, input_shape, published=True):
        """Returns the number of multiply-adds of attention and feed-forward network.

        Args:
            input_shape: Tuple of integers, the shape of the input.
            published: Boolean, whether to count as the published figures do (see the attention layers). Defaults to
                `True`.
        """
        biases = self.ffn_dim + self.dim if published else 0
        feed_forward = math.prod(input_shape[:-1]) * (2 * self.dim * self.ffn_dim + biases)
        return self.attention_layer.multiply_adds(input_shape, published) + feed_forward

    def get_config(self):
        return {
            **super().get_config(),
            "dim": self.dim,
            "ffn_dim": self.ffn_dim,
            "attention": self.attention,
            "num_heads": self.num_heads,
            "dropout": self.dropout,
            "attention_dropout": self.attention_dropout,
            "ffn_dropout": self.ffn_dropout,
            "activation": keras.activations.serialize(self.activation),
            "initialization": self.initialization,
        }
