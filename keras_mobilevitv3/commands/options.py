"""Options that several commands share."""

import argparse
from collections.abc import Sequence
from typing import Any

from keras_mobilevitv3.commands.heads import HEADS, Head, heads_for
from keras_mobilevitv3.datasets import DATASETS

DEFAULT_VARIANT = "mobilevitv3_xs"
OUTPUT_STRIDES = (8, 16, 32)


def add_images(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "images", nargs="+", metavar="IMAGE", help="picture file that Pillow reads, or a folder of such files"
    )


def add_variant(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--variant", help=f"id of the network; a .keras file has its own network (default: {DEFAULT_VARIANT})"
    )


def add_weights(parser: argparse.ArgumentParser, heads: list[Head], required: bool = False) -> None:
    """Adds `--weights`, which takes the name of published weights, or the path of a file.

    Args:
        parser: Parser of the command.
        heads: List of `Head`. The default of an optional `--weights` is the data set of the first head.
        required: Boolean, whether the option is required. Defaults to `False`.
    """
    published = in_words([repr(name) for head in heads for name in head.published])
    parser.add_argument(
        "--weights",
        required=required,
        default=None if required else heads[0].dataset,
        help=f"{published} (downloaded on first use), or the path of a checkpoint or .keras file "
        + ("(required)" if required else "(default: %(default)s)"),
    )


def add_head(parser: argparse.ArgumentParser, heads: list[Head]) -> None:
    parser.add_argument(
        "--head",
        choices=[head.name for head in heads],
        help=f"head of the network; a .keras file has its own head (default: {heads[0].name})",
    )


def add_output_stride(parser: argparse.ArgumentParser, note: str = "") -> None:
    """Adds `--output-stride`. The help text shows the output stride of the published evaluation as the default."""
    segmenters = heads_for("segmentation")
    default = DATASETS[segmenters[0].dataset].output_stride
    published = {name: each.output_stride for head in segmenters for name, each in head.published.items()}
    others = "".join(f"; {stride} with {name!r}" for name, stride in published.items() if stride != default)
    parser.add_argument(
        "--output-stride",
        type=int,
        choices=OUTPUT_STRIDES,
        help=f"{note}pixels of the picture per pixel of the last feature map (default: {default}{others})",
    )


def add_size_of_head(parser: argparse.ArgumentParser, note: str = "") -> None:
    """Adds `--size`. The help text shows the image size of the published evaluation of each head as the default."""
    sizes: dict[int, list[str]] = {}
    for head in HEADS.values():
        sizes.setdefault(head.image_size, []).append(head.name)
    default, *others = (f"{size} for {in_words(names, 'and')}" for size, names in sizes.items())
    parser.add_argument(
        "--size",
        type=int,
        metavar="N",
        help=f"height and width of the images{note} (default: {'; '.join([default, *others])})",
    )


def add_out_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", required=True, metavar="DIR", help="folder to write to, made if missing (required)")


def add_class_file(parser: argparse.ArgumentParser, heads: list[Head]) -> None:
    """Adds `--classes`. The help text shows the class names of published data sets as the default."""
    published = {name: each for head in heads for name, each in head.published.items() if each.class_names}
    names = in_words([f"{each.title} for {each.classes} classes" for each in published.values()])
    parser.add_argument(
        "--classes",
        metavar="FILE",
        help=f"text file of class names, one per line (default: the names of {names}, otherwise numbers)",
    )


def add_no_overwrite(parser: argparse.ArgumentParser) -> None:
    """Adds `--no-overwrite`, which sets `arguments.overwrite` to `False`."""
    parser.add_argument(
        "--no-overwrite",
        dest="overwrite",
        action="store_false",
        help="fail if a file to write exists; existing files are replaced without this option",
    )


def add_json(parser: Any) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def in_words(words: Sequence[str], conjunction: str = "or") -> str:
    """Joins words: `"a"`, `"a or b"`, `"a, b or c"`."""
    *first, last = words
    return f"{', '.join(first)} {conjunction} {last}" if first else last
