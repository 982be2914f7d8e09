"""The command `keras-mobilevitv3 convert`."""

import argparse
import json
import os
import warnings
from pathlib import Path
from typing import Any

from keras_mobilevitv3.array_types import FilePath, Model
from keras_mobilevitv3.commands import options
from keras_mobilevitv3.commands.checkpoint_contents import head_of_checkpoint, is_file_of_keras, number_of_classes
from keras_mobilevitv3.commands.heads import HEADS, Head
from keras_mobilevitv3.commands.model_files import check_classes, check_variant
from keras_mobilevitv3.overwriting import check_file

NAME = "convert"
SUMMARY = "convert a checkpoint to Keras, or back to the official names"
DESCRIPTION = (
    "Reads a checkpoint (.pt or .pth, .pdparams, .safetensors, .weights.h5, .keras), loads it into a classifier, "
    "segmenter or detector, and writes it again: as .weights.h5 for Keras, or as .pt or .safetensors under the "
    "official names."
)
OUTPUTS = (".weights.h5", ".safetensors", ".pt")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("checkpoint", help="file to read")
    parser.add_argument("--variant", required=True, help="id of the network (required)")
    parser.add_argument(
        "--head",
        choices=tuple(HEADS),
        help="head of the network; it must be the head of the checkpoint (default: the head of the checkpoint)",
    )
    parser.add_argument(
        "--out",
        metavar="FILE",
        help=f"file to write, ending in {options.in_words(OUTPUTS)} (default: the name of the checkpoint with "
        f"{OUTPUTS[0]}, in the current folder)",
    )
    parser.add_argument(
        "--channel-order",
        choices=("rgb", "bgr"),
        help="channel order of the images that the checkpoint was trained with (default: as in the official file)",
    )
    parser.add_argument(
        "--classes", type=int, metavar="N", help="number of classes (default: the classes of the checkpoint)"
    )
    options.add_no_overwrite(parser)
    options.add_json(parser)


def run(arguments: argparse.Namespace) -> None:
    check_classes(arguments.classes)
    check_variant("--variant", arguments.variant)
    source, target = Path(arguments.checkpoint), output_path(arguments)
    if not source.is_file():
        raise FileNotFoundError(f"there is no checkpoint {str(source)!r}")
    if target.exists() and target.samefile(source):
        raise ValueError(f"--out must not be the checkpoint itself. Received: {str(target)!r}")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {str(target.parent)!r} to write to")
    replaced = check_file(target, arguments.overwrite)
    head, has_auxiliary = find_head(arguments)

    from keras_mobilevitv3.weights.loading import load_checkpoint

    classes = number_of_classes(source) if arguments.classes is None else arguments.classes
    auxiliary = {"aux_head": has_auxiliary} if head.task == "segmentation" else {}
    model = head.build(arguments.variant, classes=classes, weights=None, **auxiliary)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the command prints the names left out below
        report = load_checkpoint(model, source, channel_order=arguments.channel_order)
    write(model, target)
    if arguments.json:
        written = as_json(target, arguments.variant, classes, model, report)
        print(json.dumps({**written, "replaced": replaced}, indent=2))
        return
    print(f"{target}: {arguments.variant} with {classes} classes, {model.count_params():,} weights")
    if replaced:
        print(f"replaced: the former {target.name}")
    print(f"tensors loaded: {len(report.loaded)}, left out: {len(report.skipped)}")
    if report.skipped:
        print(f"left out, so that the last layer is random: {', '.join(report.skipped)}")


def find_head(arguments: argparse.Namespace) -> tuple[Head, bool]:
    """Returns the head of the checkpoint, and whether the checkpoint has an auxiliary head.

    Raises:
        ValueError: If `--head` or `--channel-order` does not fit the checkpoint.
    """
    if arguments.channel_order == "bgr" and is_file_of_keras(arguments.checkpoint):
        raise ValueError("--channel-order must be left out or rgb for a file of Keras. Received: bgr")
    head, has_auxiliary = head_of_checkpoint(arguments.checkpoint)
    if arguments.head not in (None, head.name):
        raise ValueError(
            f"--head must be left out, or {head.name}, that of {arguments.checkpoint}. Received: {arguments.head}"
        )
    return head, has_auxiliary


def as_json(target: FilePath, variant: str, classes: int, model: Model, report: Any) -> dict[str, Any]:
    return {
        "file": str(target),
        "variant": variant,
        "classes": classes,
        "parameters": model.count_params(),
        "loaded": len(report.loaded),
        "skipped": list(report.skipped),
    }


def output_path(arguments: argparse.Namespace) -> Path:
    if arguments.out is None:
        return Path(Path(arguments.checkpoint).name.split(".")[0] + OUTPUTS[0])
    if not arguments.out.lower().endswith(OUTPUTS):
        raise ValueError(f"--out must end in {', '.join(OUTPUTS)}. Received: {arguments.out!r}")
    return Path(arguments.out)


def write(model: Model, path: FilePath) -> None:
    """Writes the weights in the format of the suffix. A failed write leaves `path` unchanged."""
    from keras_mobilevitv3.atomic_write import atomic_write
    from keras_mobilevitv3.weights.loading import export_checkpoint

    if not os.fspath(path).lower().endswith(OUTPUTS[0]):
        export_checkpoint(model, path)
        return
    with atomic_write(path) as unfinished:
        model.save_weights(unfinished)
