"""The command `keras-mobilevitv3 profile`."""

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

from keras_mobilevitv3.commands import options
from keras_mobilevitv3.commands.model_files import SMALLEST_SIZE, check_variant

NAME = "profile"
SUMMARY = "count parameters and multiply-adds"
DESCRIPTION = "Prints the parameters and the multiply-adds of a network of 1000 classes, stage by stage."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("variant", help="id of the network (see `keras-mobilevitv3 list`)")
    parser.add_argument(
        "--size",
        nargs="+",
        type=int,
        default=[256],
        metavar="N",
        help="image size, one number or height and width (default: 256)",
    )
    options.add_json(parser)


def run(arguments: argparse.Namespace) -> None:
    size = arguments.size
    if len(size) > 2 or min(size) < SMALLEST_SIZE:
        given = " ".join(map(str, size))
        raise ValueError(f"--size takes one or two numbers, at least {SMALLEST_SIZE} each. Received: {given}")
    if Path(arguments.variant).is_file():
        raise ValueError(
            "VARIANT must be the id of a network; `keras_mobilevitv3.profile` takes models of files. "
            f"Received: {arguments.variant!r}, a file"
        )
    check_variant("VARIANT", arguments.variant)

    from keras_mobilevitv3.profiler import profile

    costs = profile(arguments.variant, input_shape=(size[0], size[-1], 3))
    if arguments.json:
        print(json.dumps(as_dict(costs), indent=2))
    else:
        print_costs(costs)


def as_dict(costs: Any) -> dict[str, Any]:
    totals = ("parameters", "multiply_adds", "executed_multiply_adds")
    return {**dataclasses.asdict(costs), **{name: getattr(costs, name) for name in totals}}


def print_costs(costs: Any) -> None:
    from keras_mobilevitv3.commands.terminal import print_table

    print(f"{costs.name} at {'x'.join(map(str, costs.input_shape))}")
    columns = dict.fromkeys(("output", "parameters", "MACs (M)", "executed (M)"), "right")
    rows = [(stage.name, "x".join(map(str, stage.output_shape)), *cells(stage)) for stage in costs.stages]
    print_table({"stage": "left", **columns}, [*rows, ("total", "", *cells(costs))])


def cells(row: Any) -> tuple[str, ...]:
    multiply_adds = (f"{count / 1e6:.2f}" for count in (row.multiply_adds, row.executed_multiply_adds))
    return f"{row.parameters:,}", *multiply_adds
