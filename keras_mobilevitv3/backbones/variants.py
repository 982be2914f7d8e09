from dataclasses import replace
from fnmatch import fnmatchcase

from keras_mobilevitv3.backbones.config import BackboneConfig
from keras_mobilevitv3.checks import check_instance, did_you_mean


def _multi_head(filters, attention_dims, expand_ratio, dropout):
    return BackboneConfig(
        stem_filters=16,
        filters=filters,
        num_blocks=(1, 3),
        attention="multi_head",
        attention_dims=attention_dims,
        expand_ratio=expand_ratio,
        head_filters=min(4 * filters[-1], 960),
        dropout=dropout,
        classifier_dropout=0.1,
        initialization="kaiming_normal",
    )


def _separable(width):
    return BackboneConfig(
        stem_filters=_round(min(max(32 * width, 16), 64), 8),
        filters=(_round(64 * width, 16), *(_round(filters * width, 8) for filters in (128, 256, 384, 512))),
        num_blocks=(1, 2),
        attention="separable",
        attention_dims=tuple(_round(dim * width, 8) for dim in (128, 192, 256)),
        expand_ratio=2,
        initialization="pytorch_uniform",
    )


def _round(value, multiple):
    """Rounds `value` to the nearest multiple, halves up."""
    return int(value + multiple / 2) // multiple * multiple


MOBILEVITV1_SWITCHES = {
    "fusion_kernel_size": 3,
    "fusion_input": "input",
    "input_residual": False,
    "depthwise_local": False,
}
MOBILEVITV2_SWITCHES = {"fusion_input": None, "input_residual": False}
LOW_LATENCY = {"attention_depths": (2, 2, 3)}
WIDTHS = {"050": 0.5, "075": 0.75, "100": 1.0, "125": 1.25, "150": 1.5, "175": 1.75, "200": 2.0}

MOBILEVITV3_S = _multi_head((32, 64, 128, 256, 320), (144, 192, 240), expand_ratio=4, dropout=0.1)
MOBILEVITV3_XS = _multi_head((32, 48, 96, 160, 160), (96, 120, 144), expand_ratio=4, dropout=0.1)
MOBILEVITV3_XXS = _multi_head((16, 24, 64, 80, 128), (64, 80, 96), expand_ratio=2, dropout=0.05)
MOBILEVIT_S = replace(
    _multi_head((32, 64, 96, 128, 160), (144, 192, 240), expand_ratio=4, dropout=0.1), **MOBILEVITV1_SWITCHES
)
MOBILEVIT_XS = replace(
    _multi_head((32, 48, 64, 80, 96), (96, 120, 144), expand_ratio=4, dropout=0.1), **MOBILEVITV1_SWITCHES
)
MOBILEVIT_XXS = replace(
    _multi_head((16, 24, 48, 64, 80), (64, 80, 96), expand_ratio=2, dropout=0.05), **MOBILEVITV1_SWITCHES
)

VARIANTS = {
    "mobilevitv3_s": MOBILEVITV3_S,
    "mobilevitv3_xs": MOBILEVITV3_XS,
    "mobilevitv3_xxs": MOBILEVITV3_XXS,
    "mobilevitv3_s_l2": replace(MOBILEVITV3_S, **LOW_LATENCY),
    "mobilevitv3_xs_l2": replace(MOBILEVITV3_XS, **LOW_LATENCY),
    "mobilevitv3_xxs_l2": replace(MOBILEVITV3_XXS, **LOW_LATENCY),
    **{f"mobilevitv3_{name}": _separable(width) for name, width in WIDTHS.items()},
    "mobilevit_s": MOBILEVIT_S,
    "mobilevit_xs": MOBILEVIT_XS,
    "mobilevit_xxs": MOBILEVIT_XXS,
    **{f"mobilevitv2_{name}": replace(_separable(width), **MOBILEVITV2_SWITCHES) for name, width in WIDTHS.items()},
    # The ablation of the paper (table 5) starts from "mobilevit_s". Each row turns on one more switch.
    "mobilevit_s_fusion_1x1": replace(MOBILEVIT_S, fusion_kernel_size=1),
    "mobilevit_s_fusion_local": replace(MOBILEVIT_S, fusion_kernel_size=1, fusion_input="local"),
    "mobilevit_s_input_residual": replace(MOBILEVIT_S, fusion_kernel_size=1, fusion_input="local", input_residual=True),
    "mobilevitv3_s_unscaled": replace(
        MOBILEVIT_S, fusion_kernel_size=1, fusion_input="local", input_residual=True, depthwise_local=True
    ),
}


def list_variants(pattern: str = "*") -> list[str]:
    """Returns the ids of the networks in the table, in the order of the table.

    Args:
        pattern: Shell-style pattern, such as `"mobilevitv3_*_l2"`. Defaults to `"*"`.

    Returns:
        List of strings, empty if no id matches.

    Raises:
        ValueError: If `pattern` is not a string.
    """
    check_instance("pattern", pattern, str)
    return [variant for variant in VARIANTS if fnmatchcase(variant, pattern)]


def find_config(variant: str | BackboneConfig, name: str = "variant") -> BackboneConfig:
    """Returns the row of the table for an id. Returns a `BackboneConfig` unchanged.

    Args:
        variant: Id in the table, or a custom `BackboneConfig`.
        name: String, name of the argument in error messages. Defaults to `"variant"`.

    Returns:
        A `BackboneConfig`.

    Raises:
        ValueError: If the id is not in the table. The message lists all ids and suggests the closest one.
    """
    if isinstance(variant, BackboneConfig):
        return variant
    if not isinstance(variant, str) or variant not in VARIANTS:
        raise ValueError(
            f"`{name}` must be a `BackboneConfig` or one of {', '.join(VARIANTS)}. Received: {name}={variant!r}."
            f"{did_you_mean(str(variant).lower(), VARIANTS)}"
        )
    return VARIANTS[variant]
