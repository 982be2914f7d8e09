"""Writes the table of networks of the README."""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from keras_mobilevitv3.commands.heads import DEFAULT_HEAD
from keras_mobilevitv3.weights.hub.catalogue import PRETRAINED, PretrainedWeights

HEADER = (
    '| id | callable | parameters (M) | MACs at 256x256 (M) | published top-1 (%) | `weights="imagenet"` (%) |\n'
    "|---|---|---|---|---|---|"
)


def published_top1(variant: str) -> float | None:
    """Returns the top-1 accuracy that the authors published, in percent, or `None`."""
    rows = imagenet_rows(variant)
    return rows[-1].score if rows else None  # the authors' own file is last, copies come first


def default_top1(variant: str) -> float | None:
    """Returns the top-1 accuracy of the file that `weights="imagenet"` tries first, in percent, or `None`."""
    rows = imagenet_rows(variant)
    return rows[0].score if rows else None


def imagenet_rows(variant: str) -> list[PretrainedWeights]:
    return [row for row in PRETRAINED if (row.variant, row.dataset) == (variant, DEFAULT_HEAD.dataset)]


def markdown_table(variants: Sequence[str]) -> str:
    """Returns the table of networks as Markdown.

    The function builds each network once to count parameters and multiply-adds.

    Args:
        variants: Sequence of strings, ids of the networks.
    """
    from keras_mobilevitv3.profiler import profile

    return "\n".join([HEADER, *(table_row(variant, profile(variant)) for variant in variants)])


def table_row(variant: str, costs: Any) -> str:
    """Returns the row of a network.

    Args:
        variant: String, id of the network.
        costs: `Profile` of the network.
    """
    cells = (
        f"`{variant}`",
        f"`{callables_by_id().get(variant, 'build_classifier')}`",
        f"{costs.parameters / 1e6:.2f}",
        f"{costs.multiply_adds / 1e6:.0f}",
        *("-" if top1 is None else f"{top1:.2f}" for top1 in (published_top1(variant), default_top1(variant))),
    )
    return f"| {' | '.join(cells)} |"


@functools.cache
def callables_by_id() -> dict[str, str]:
    """Returns a dict from ids of networks to the names of their callables."""
    return {
        inspect.signature(function).parameters["name"].default: name for name, function in model_callables().items()
    }


def model_callables() -> dict[str, Callable]:
    """Returns a dict from names to callables such as `MobileViTV3XS`. The default of the argument `name` is the id."""
    from keras_mobilevitv3.classification import classifier

    return {name: value for name, value in vars(classifier).items() if name.startswith("MobileViT")}
