"""Options of the blocks that configurations of networks check too, without importing Keras."""

from keras_mobilevitv3.checks import check_choice
from keras_mobilevitv3.families import FAMILIES

FUSION_INPUTS = ("local", "input", None)
INITIALIZATIONS = ("kaiming_normal", "pytorch_uniform")


def check_attention(attention: str) -> None:
    """Raises `ValueError` unless `attention` names one of the `FAMILIES`."""
    check_choice("attention", attention, FAMILIES)


def check_fusion_input(fusion_input: str | None) -> None:
    """Raises `ValueError` unless `fusion_input` is one of `FUSION_INPUTS`."""
    check_choice("fusion_input", fusion_input, FUSION_INPUTS)


def check_initialization(initialization: str) -> None:
    """Raises `ValueError` unless `initialization` is one of `INITIALIZATIONS`."""
    check_choice("initialization", initialization, INITIALIZATIONS)
