from typing import Any

import keras
from keras import ops

from keras_mobilevitv3.array_types import Initializer
from keras_mobilevitv3.checks import check_integer, check_rate
from keras_mobilevitv3.initializers import GlorotUniform, Zeros
from keras_mobilevitv3.layers.composite_layer import CompositeLayer
from keras_mobilevitv3.layers.optional_attention_scores import OptionalAttentionScores


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class MultiHeadSelfAttention(OptionalAttentionScores, CompositeLayer):
    """Multi-head self-attention with one projection for queries, keys and values.

    Args:
        dim: Integer, channels of the input and of the output.
        num_heads: Integer that divides `dim`. Defaults to `4`.
        dropout: Float in [0, 1), rate on the attention probabilities. Defaults to `0.0`.
        kernel_initializer: Keras initializer of both projections. Defaults to `GlorotUniform`.
        bias_initializer: Keras initializer of both biases. Defaults to `Zeros`.

    Call arguments:
        inputs: Float tensor of shape `(batch, N, dim)`.
        training: Boolean, whether to apply dropout.
        return_attention_scores: Boolean, whether to return the attention probabilities too. Defaults to `False`.

    Returns:
        Float tensor of the shape of `inputs`. With `return_attention_scores=True`, a tuple of this tensor and the
        probabilities before dropout, of shape `(batch, num_heads, N, N)`: the weight of each token (axis 3) in the
        output of each token (axis 2).

    Raises:
        ValueError: If an argument is invalid, or `num_heads` does not divide `dim`.

    Reference:
        [Vaswani et al., 2017](https://arxiv.org/abs/1706.03762), section 3.2
    """

    def __init__(
        self,
        dim: int,
        num_heads: int = 4,
        dropout: float = 0.0,
        kernel_initializer: Initializer = GlorotUniform,
        bias_initializer: Initializer = Zeros,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_integer("dim", dim)
        check_integer("num_heads", num_heads)
        check_rate("dropout", dropout)
        if dim % num_heads:
            raise ValueError(f"`num_heads` must divide `dim`. Received: dim={dim}, num_heads={num_heads}")
        self.dim = dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)
        self.qkv = self._projection(3 * dim, name="qkv")
        self.drop = keras.layers.Dropout(dropout, dtype=self.dtype_policy, name="drop")
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
        length = ops.shape(inputs)[1]
        head_dim = self.dim // self.num_heads
        qkv = self.run(self.qkv, inputs)
        # LiteRT's XNNPACK has slices but no indices: an image took XXS 22.2 ms with indices, 15.6 with slices.
        query, key, value = (
            ops.reshape(qkv[..., start : start + self.dim], (-1, length, self.num_heads, head_dim))
            for start in (0, self.dim, 2 * self.dim)
        )
        query = query * head_dim**-0.5  # fewer products than a scale of the scores
        # On JAX, `ops.dot_product_attention` does not compile for CPUs in float16.
        explicit = self.compute_dtype == "float16" and keras.backend.backend() == "jax"
        if explicit or return_attention_scores or (training and self.dropout > 0):
            scores = ops.einsum("bqhd,bkhd->bhqk", query, key)
            scores = ops.softmax(ops.cast(scores, keras.backend.result_type(scores.dtype, "float32")), axis=-1)
            kept = self.run(self.drop, ops.cast(scores, self.compute_dtype), training=training)
            context = ops.einsum("bhqk,bkhd->bqhd", kept, value)
        else:
            context = ops.dot_product_attention(query, key, value, scale=1.0)  # softmax in at least float32
        outputs = self.run(self.out, ops.reshape(context, (-1, length, self.dim)))
        return (outputs, scores) if return_attention_scores else outputs

    def compute_output_shape(self, input_shape):
        return input_shape

    def multiply_adds(self, input_shape, published=True):
        """Returns the number of multiply-adds of both projections and both attention products.

        Args:
            input_shape: Tuple of integers `(batch, N, dim)`.
            published: Boolean. `True` counts as the published figures do: biases count, and each attention product
                counts `N * dim * dim` for any `N`. `False` counts the executed operations: no biases, and `N * N * dim`
                per product. Defaults to `True`.
        """
        batch, length, _ = input_shape
        products = 2 * self.dim + 4 if published else 2 * length
        return batch * length * self.dim * (4 * self.dim + products)

    def get_config(self):
        return {
            **super().get_config(),
            "dim": self.dim,
            "num_heads": self.num_heads,
            "dropout": self.dropout,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }
