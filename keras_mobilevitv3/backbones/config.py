from dataclasses import dataclass

from keras_mobilevitv3.block_options import check_attention, check_fusion_input, check_initialization
from keras_mobilevitv3.checks import check_boolean, check_integer, check_integers, check_rate
from keras_mobilevitv3.families import FAMILIES, Family

# Number of values and smallest allowed value of each field.
TUPLE_FIELDS = {"filters": (5, 1), "num_blocks": (2, 1), "attention_dims": (3, 1), "attention_depths": (3, 0)}


@dataclass(frozen=True)
class BackboneConfig:
    """Configuration that distinguishes one network from another: a row of `VARIANTS`.

    Args:
        stem_filters: Integer, channels of the stem.
        filters: Five integers, channels of the stages.
        num_blocks: Two integers, number of inverted residuals in stages 1 and 2.
        attention: `"multi_head"` (MobileViTv1's family) or `"separable"` (MobileViTv2's family, linear attention).
        attention_dims: Three integers, channels of the transformers of stages 3 to 5.
        attention_depths: Three integers, number of transformer layers of stages 3 to 5. Defaults to `(2, 4, 3)`.
        expand_ratio: Integer, number of expanded channels per input channel of the inverted residuals. Defaults to `4`.
        head_filters: Integer, channels of the 1x1 convolution before pooling, or `None` for no such convolution.
            Defaults to `None`.
        num_heads: Integer that divides `attention_dims`; multi-head attention only. Defaults to `4`.
        dropout: Float, rate on the outputs of attention and feed-forward networks. Defaults to `0.0`.
        attention_dropout: Float, rate on the attention scores. Defaults to `0.0`.
        ffn_dropout: Float, rate inside the feed-forward networks. Defaults to `0.0`.
        classifier_dropout: Float, rate before the classifier. Defaults to `0.0`.
        fusion_kernel_size: Odd integer, the paper's first switch. Defaults to `1`.
        fusion_input: `"local"`, `"input"` or `None`, the second switch. Defaults to `"local"`.
        input_residual: Boolean, the third switch. Defaults to `True`.
        depthwise_local: Boolean, the fourth switch. Defaults to `True`.
        initialization: `"kaiming_normal"` or `"pytorch_uniform"`. Defaults to `"kaiming_normal"`.

    Raises:
        ValueError: If a value is invalid.

    Reference:
        [Wadekar and Chaurasia, 2022](https://arxiv.org/abs/2209.15159), tables 1 and 5
    """

    stem_filters: int
    filters: tuple[int, ...]
    num_blocks: tuple[int, ...]
    attention: str
    attention_dims: tuple[int, ...]
    attention_depths: tuple[int, ...] = (2, 4, 3)
    expand_ratio: int = 4
    head_filters: int | None = None
    num_heads: int = 4
    dropout: float = 0.0
    attention_dropout: float = 0.0
    ffn_dropout: float = 0.0
    classifier_dropout: float = 0.0
    fusion_kernel_size: int = 1
    fusion_input: str | None = "local"
    input_residual: bool = True
    depthwise_local: bool = True
    initialization: str = "kaiming_normal"

    def __post_init__(self):
        for name in ("stem_filters", "expand_ratio", "num_heads", "fusion_kernel_size"):
            check_integer(name, getattr(self, name))
        check_integer("head_filters", self.head_filters, optional=True)
        for name, (count, least) in TUPLE_FIELDS.items():
            check_integers(name, getattr(self, name), count, least)
            object.__setattr__(self, name, tuple(getattr(self, name)))  # lists, which JSON gives, are not hashable
        for name in ("dropout", "attention_dropout", "ffn_dropout", "classifier_dropout"):
            check_rate(name, getattr(self, name))
        for name in ("input_residual", "depthwise_local"):
            check_boolean(name, getattr(self, name))
        if self.fusion_kernel_size % 2 == 0:
            raise ValueError(
                f"`fusion_kernel_size` must be odd. Received: fusion_kernel_size={self.fusion_kernel_size}"
            )
        check_attention(self.attention)
        if self.family.needs_num_heads and any(dim % self.num_heads for dim in self.attention_dims):
            raise ValueError(
                f"`num_heads` must divide `attention_dims`. Received: num_heads={self.num_heads}, "
                f"attention_dims={self.attention_dims}"
            )
        check_initialization(self.initialization)
        check_fusion_input(self.fusion_input)

    @property
    def ffn_dims(self) -> tuple[int, ...]:
        """Tuple of integers, hidden channels of the feed-forward networks.

        The channels are twice `attention_dims`. The separable family rounds them down to a multiple of 16.
        """
        multiple = self.family.ffn_multiple
        return tuple(2 * dim // multiple * multiple for dim in self.attention_dims)

    @property
    def family(self) -> Family:
        """`Family` of the network."""
        return FAMILIES[self.attention]
