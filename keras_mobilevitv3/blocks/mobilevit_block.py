from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from keras_mobilevitv3.array_types import Tensor
from keras_mobilevitv3.block_options import check_attention, check_fusion_input
from keras_mobilevitv3.blocks.initialization import convolution_initializers, depthwise_initializers
from keras_mobilevitv3.blocks.transformer_encoder import TransformerEncoder, transformer_norm
from keras_mobilevitv3.checks import check_boolean, check_integer, check_odd
from keras_mobilevitv3.layers import ConvNormAct, FoldableLayer, fold_patches, unfold_patches
from keras_mobilevitv3.layers.bilinear_resize import bilinear_resize, even_size
from keras_mobilevitv3.layers.optional_attention_scores import OptionalAttentionScores


@keras.saving.register_keras_serializable(package="keras_mobilevitv3")
class MobileViTBlock(OptionalAttentionScores, FoldableLayer):
    """MobileViT block of all three generations: local features, global features, their fusion, and a residual.

    The four switches of the paper are arguments:

    - MobileViTv1: `fusion_kernel_size=3, fusion_input="input", input_residual=False, depthwise_local=False`
    - MobileViTv2: `fusion_input=None, input_residual=False`
    - MobileViTv3: the defaults

    The two families differ in more than their attention:

    - `"multi_head"`: A convolution projects the global features to `filters` channels before the fusion. The fusion
      takes the local features first and ends with the activation. Maps of odd size are enlarged (half-pixel centers)
      for the transformer only, and the output keeps the odd size.
    - `"separable"`: The fusion is also the projection. It takes the global features first and has no activation. Maps
      of odd size are enlarged (aligned corners) at the input of the block, and the output keeps the even size.

    Args:
        filters: Integer, channels of the input and of the output.
        dim: Integer, channels of the transformer.
        ffn_dim: Integer, hidden channels of the feed-forward networks.
        depth: Integer, number of transformer layers.
        attention: `"multi_head"` or `"separable"`.
        num_heads: Integer that divides `dim`; multi-head attention only. Defaults to `4`.
        dilation_rate: Integer, dilation rate of the local 3x3 convolution. Defaults to `1`.
        fusion_kernel_size: Odd integer. Defaults to `1`.
        fusion_input: `"local"`, `"input"` or `None`, features to fuse with the global features. Defaults to `"local"`.
        input_residual: Boolean, whether the input is added to the output. Defaults to `True`.
        depthwise_local: Boolean, whether the local 3x3 convolution is depthwise. Defaults to `True`.
        dropout: Float in [0, 1), rate on the outputs of attention and feed-forward network. Defaults to `0.0`.
        attention_dropout: Float in [0, 1), rate on the attention scores. Defaults to `0.0`.
        ffn_dropout: Float in [0, 1), rate inside the feed-forward network. Defaults to `0.0`.
        activation: Name or callable. Defaults to `"silu"`.
        initialization: `"kaiming_normal"` or `"pytorch_uniform"`. Defaults to `"kaiming_normal"`.

    Call arguments:
        inputs: Float tensor of shape `(batch, height, width, filters)`.
        training: Boolean, whether to apply dropout and to use batch statistics.
        return_attention_scores: Boolean, whether to return the attention scores too. Defaults to `False`.

    Returns:
        Float tensor of the shape of `inputs`; the separable family rounds height and width up to even. With
        `return_attention_scores=True`, a tuple of this tensor and a list of scores, one tensor for each transformer
        layer. With height and width rounded up to even and `N = height * width / 4`, the scores have shape `(batch,
        height, width)` for `"separable"`, and `(batch * 4, num_heads, N, N)` for `"multi_head"`, in the order of
        `unfold_patches`.

    Raises:
        ValueError: If an argument is invalid, or the input does not have `filters` channels.

    Reference:
        [Wadekar and Chaurasia, 2022](https://arxiv.org/abs/2209.15159), section 3
    """

    def __init__(
        self,
        filters: int,
        dim: int,
        ffn_dim: int,
        depth: int,
        attention: str,
        num_heads: int = 4,
        dilation_rate: int = 1,
        fusion_kernel_size: int = 1,
        fusion_input: str | None = "local",
        input_residual: bool = True,
        depthwise_local: bool = True,
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
        ffn_dropout: float = 0.0,
        activation: str | Callable | None = "silu",
        initialization: str = "kaiming_normal",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_attention(attention)
        check_fusion_input(fusion_input)
        check_integer("depth", depth, least=0)
        counts = {"filters": filters, "dim": dim, "ffn_dim": ffn_dim, "dilation_rate": dilation_rate}
        for name, value in counts.items():
            check_integer(name, value)
        check_odd("fusion_kernel_size", fusion_kernel_size)
        check_boolean("input_residual", input_residual)
        check_boolean("depthwise_local", depthwise_local)
        self.filters = filters
        self.dim = dim
        self.ffn_dim = ffn_dim
        self.depth = depth
        self.attention = attention
        self.num_heads = num_heads
        self.dilation_rate = dilation_rate
        self.fusion_kernel_size = fusion_kernel_size
        self.fusion_input = fusion_input
        self.input_residual = input_residual
        self.depthwise_local = depthwise_local
        self.dropout = dropout
        self.attention_dropout = attention_dropout
        self.ffn_dropout = ffn_dropout
        self.activation = keras.activations.get(activation)
        self.initialization = initialization

        self.local_conv = self._local_conv()
        self.local_project = self._conv(dim, filters, use_norm=False, activation=None, name="local_project")
        self.encoders = [
            TransformerEncoder(
                dim,
                ffn_dim,
                attention,
                num_heads=num_heads,
                dropout=dropout,
                attention_dropout=attention_dropout,
                ffn_dropout=ffn_dropout,
                activation=self.activation,
                initialization=initialization,
                dtype=self.dtype_policy,
                name=f"encoder_{index}",
            )
            for index in range(depth)
        ]
        self.norm = transformer_norm(attention, dtype=self.dtype_policy, name="norm")
        self.projection = None
        if attention == "multi_head":
            self.projection = self._conv(filters, dim, activation=self.activation, name="projection")
        self.fusion = self._fusion()
        self.restore_sublayers()

    def _local_conv(self):
        arguments = {"dilation_rate": self.dilation_rate, "activation": self.activation, "name": "local_conv"}
        if self.depthwise_local:
            initializers = depthwise_initializers(self.initialization, kernel_size=3)
            return ConvNormAct(
                None, depthwise=True, **arguments, **initializers, fused=self.fused, dtype=self.dtype_policy
            )
        return self._conv(self.filters, self.filters, kernel_size=3, **arguments)

    def _fusion(self):
        multi_head = self.attention == "multi_head"
        if multi_head and self.fusion_input is None:
            return None  # the projection is the output of the block
        return self._conv(
            self.filters,
            self._fusion_channels(),
            kernel_size=self.fusion_kernel_size,
            activation=self.activation if multi_head else None,
            name="fusion",
        )

    def _fusion_channels(self):
        global_channels = self.filters if self.attention == "multi_head" else self.dim
        return global_channels + {"local": self.dim, "input": self.filters, None: 0}[self.fusion_input]

    def _conv(self, filters, channels, kernel_size=1, **kwargs):
        initializers = convolution_initializers(self.initialization, channels * kernel_size**2)
        return ConvNormAct(
            filters,
            kernel_size=kernel_size,
            **initializers,
            fused=self.fused,
            dtype=self.dtype_policy,
            **kwargs,
        )

    def build(self, input_shape):
        if input_shape[-1] != self.filters:
            raise ValueError(
                "The input must have as many channels as the output, "
                f"`filters={self.filters}`. Received: input shape {tuple(input_shape)}"
            )
        batch, height, width, _ = self.compute_output_shape(input_shape)
        self.local_conv.build((batch, height, width, self.filters))
        self.local_project.build((batch, height, width, self.filters))
        for layer in (*self.encoders, self.norm):
            layer.build(self._token_shape(input_shape))
        if self.projection is not None:
            self.projection.build((batch, height, width, self.dim))
        if self.fusion is not None:
            self.fusion.build((batch, height, width, self._fusion_channels()))

    def call(self, inputs, training=None, return_attention_scores=False):
        scores: list[Tensor] | None = [] if return_attention_scores else None
        if self.attention == "separable":
            inputs = _resize_to_even(inputs, align_corners=True)
        local_features = self.run(self.local_conv, inputs, training=training)
        local_features = self.run(self.local_project, local_features, training=training)
        encode = self._encode if self.attention == "separable" else self._encode_patches
        global_features = encode(local_features, training, scores)
        if self.projection is not None:
            global_features = self.run(self.projection, global_features, training=training)
        outputs = global_features
        if self.fusion is not None:
            features = self._concatenate(inputs, local_features, global_features)
            outputs = self.run(self.fusion, features, training=training)
        outputs = outputs + inputs if self.input_residual else outputs
        return (outputs, scores) if return_attention_scores else outputs

    def _encode(self, features, training, scores):
        """Runs the transformer. Appends the attention scores of each layer to `scores`, unless `scores` is `None`."""
        for encoder in self.encoders:
            if scores is None:
                features = self.run(encoder, features, training=training)
            else:
                features, layer_scores = self.run(encoder, features, training=training, return_attention_scores=True)
                scores.append(layer_scores)
        return self.run(self.norm, features)

    def _encode_patches(self, maps, training, scores):
        _, height, width, _ = ops.shape(maps)
        tokens = unfold_patches(_resize_to_even(maps, align_corners=False))  # (B * 4, N, dim)
        tokens = self._encode(tokens, training, scores)
        maps = fold_patches(tokens, (even_size(height), even_size(width)))
        return bilinear_resize(maps, (height, width), align_corners=False)

    def _concatenate(self, inputs, local_features, global_features):
        if self.fusion_input is None:
            return global_features
        fused = local_features if self.fusion_input == "local" else inputs
        pair = (fused, global_features) if self.attention == "multi_head" else (global_features, fused)
        return ops.concatenate(pair, axis=-1)

    def compute_output_shape(self, input_shape):
        if self.attention == "multi_head":
            return tuple(input_shape)
        batch, height, width, channels = input_shape
        return (batch, *(None if side is None else even_size(side) for side in (height, width)), channels)

    def _token_shape(self, input_shape):
        batch, *size, _ = input_shape
        height, width = (None if side is None else even_size(side) for side in size)
        if self.attention == "separable":
            return (batch, height, width, self.dim)
        length = None if height is None or width is None else height * width // 4
        return (None if batch is None else batch * 4, length, self.dim)

    def multiply_adds(self, input_shape, published=True):
        """Returns the number of multiply-adds of the convolutions and transformers.

        Args:
            input_shape: Tuple of integers `(batch, height, width, filters)`.
            published: Boolean, whether to count as the published figures do (see the attention layers). Defaults to
                `True`.
        """
        batch, height, width, _ = self.compute_output_shape(input_shape)
        total = 0
        for layer, channels in (
            (self.local_conv, self.filters),
            (self.local_project, self.filters),
            (self.projection, self.dim),
            (self.fusion, self._fusion_channels()),
        ):
            if layer is not None:
                total += layer.multiply_adds((batch, height, width, channels), published)
        tokens = self._token_shape(input_shape)
        return total + sum(encoder.multiply_adds(tokens, published) for encoder in self.encoders)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "dim": self.dim,
            "ffn_dim": self.ffn_dim,
            "depth": self.depth,
            "attention": self.attention,
            "num_heads": self.num_heads,
            "dilation_rate": self.dilation_rate,
            "fusion_kernel_size": self.fusion_kernel_size,
            "fusion_input": self.fusion_input,
            "input_residual": self.input_residual,
            "depthwise_local": self.depthwise_local,
            "dropout": self.dropout,
            "attention_dropout": self.attention_dropout,
            "ffn_dropout": self.ffn_dropout,
            "activation": keras.activations.serialize(self.activation),
            "initialization": self.initialization,
        }


def _resize_to_even(maps, align_corners):
    _, height, width, _ = ops.shape(maps)
    return bilinear_resize(maps, (even_size(height), even_size(width)), align_corners=align_corners)
