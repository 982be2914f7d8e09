"""The command `keras-mobilevitv3 list`."""

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import Any

from keras_mobilevitv3.commands import options

NAME = "list"
SUMMARY = "list the networks"
DESCRIPTION = (
    "Lists the networks with their attention, their filters and their published ImageNet top-1 accuracy in percent. "
    "A '*' marks the networks with pretrained weights, weights='imagenet'."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "pattern", nargs="?", default="*", help="shell-style pattern of ids, such as 'mobilevitv3_*' (default: all)"
    )
    formats = parser.add_mutually_exclusive_group()
    options.add_json(formats)
    formats.add_argument(
        "--markdown",
        action="store_true",
        help="print the README's table; it builds each network to count parameters and multiply-adds",
    )


def run(arguments: argparse.Namespace) -> None:
    from keras_mobilevitv3.backbones.variants import list_variants

    variants = list_variants(arguments.pattern)
    if not variants:
        import difflib

        close = difflib.get_close_matches(arguments.pattern, list_variants(), 1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        raise ValueError(f"no network matches {arguments.pattern!r}; {hint}`keras-mobilevitv3 list` prints all of them")
    if arguments.markdown:
        from keras_mobilevitv3.commands.variant_table import markdown_table

        print(markdown_table(variants))
        return
    rows = [describe(variant) for variant in variants]
    if arguments.json:
        print(json.dumps(rows, indent=2))
    else:
        print_rows(rows)


def describe(variant: str) -> dict[str, Any]:
    """Returns the row of a network, without building the network."""
    from keras_mobilevitv3.backbones.variants import VARIANTS
    from keras_mobilevitv3.commands.variant_table import published_top1

    config, top1 = VARIANTS[variant], published_top1(variant)
    return {
        "variant": variant,
        "attention": config.attention,
        "filters": list(config.filters),
        "attention_depths": list(config.attention_depths),
        "top1": top1,
        "imagenet_weights": top1 is not None,
    }


def print_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    from keras_mobilevitv3.commands.terminal import print_table

    columns = {"variant": "left", "attention": "left", "filters": "left", "depths": "left", "top-1": "right"}
    print_table(columns, [cells(row) for row in rows])


def cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    top1 = f"{row['top1']:.2f}*" if row["imagenet_weights"] else "- "
    filters, depths = ("/".join(map(str, row[key])) for key in ("filters", "attention_depths"))
    return row["variant"], row["attention"], filters, depths, top1
