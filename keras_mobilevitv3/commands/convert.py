"""`keras-mobilevitv3 convert`."""

import json
import os
import warnings
from pathlib import Path

from keras_mobilevitv3.commands.checkpoint_classes import number_of_classes
from keras_mobilevitv3.commands.checkpoint_head import head_of_checkpoint
from keras_mobilevitv3.commands.export import builder
from keras_mobilevitv3.commands.overwrite_option import add_no_overwrite
from keras_mobilevitv3.overwriting import check_file

NAME = "convert"
SUMMARY = "convert a checkpoint to Keras, or back to the official names"
DESCRIPTION = (
    "Reads a checkpoint (.pt or .pth, .pdparams, .safetensors, .weights.h5, .keras), loads it into a classifier, "
    "segmenter or detector, and writes it again: as .weights.h5 for Keras, or as .pt or .safetensors under the "
    "official names."
)
OUTPUTS = (".weights.h5", ".safetensors", ".pt")


def add_arguments(parser):
    parser.add_argument("checkpoint", help="file to read")
    parser.add_argument("--variant", required=True, help="id of the network in it (required)")
    parser.add_argument(
        "--head",
        choices=("classifier", "deeplabv3", "pspnet", "ssdlite"),
        help="head of the network in it; that of the checkpoint if left out",
    )
    parser.add_argument(
        "--out",
        metavar="FILE",
        help=f"file to write, ending in {', '.join(OUTPUTS)}; the checkpoint's name with .weights.h5, in this folder, "
        "if left out",
    )
    parser.add_argument(
        "--channel-order",
        choices=("rgb", "bgr"),
        help="channels of the images that the network of the checkpoint takes; that of the official file if left out",
    )
    parser.add_argument("--classes", type=int, metavar="N", help="number of classes; the checkpoint's own if left out")
    add_no_overwrite(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments):
    if arguments.classes is not None and arguments.classes < 1:
        raise ValueError(f"--classes must be at least 1. Received: {arguments.classes}")
    source, target = Path(arguments.checkpoint), output_path(arguments)
    if not source.is_file():
        raise FileNotFoundError(f"there is no checkpoint {str(source)!r}")
    if target.exists() and target.samefile(source):
        raise ValueError(f"--out must not be the checkpoint itself. Received: {str(target)!r}")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {str(target.parent)!r} to write to")
    replaced = check_file(target, arguments.overwrite)
    head, has_auxiliary = find_head(arguments)

    from keras_mobilevitv3.weights import load_checkpoint

    classes = number_of_classes(source) if arguments.classes is None else arguments.classes
    model = build(head, arguments.variant, classes, has_auxiliary)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the names left out are printed below
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


def find_head(arguments):
    """The head of the checkpoint, and whether there is an auxiliary one; `--head` must be that, if it is given."""
    if arguments.channel_order == "bgr" and arguments.checkpoint.lower().endswith((".weights.h5", ".keras")):
        raise ValueError("--channel-order must be left out or rgb for a file of Keras. Received: bgr")
    head, has_auxiliary = head_of_checkpoint(arguments.checkpoint)
    if arguments.head not in (None, head):
        raise ValueError(
            f"--head must be left out, or {head}, that of {arguments.checkpoint}. Received: {arguments.head}"
        )
    return head, has_auxiliary


def build(head, variant, classes, has_auxiliary):
    """The network for a checkpoint: with an auxiliary head if the checkpoint has one."""
    options = {"classes": classes, "weights": None}
    if head in ("deeplabv3", "pspnet"):
        options["aux_head"] = has_auxiliary
    return builder(head)(variant, **options)


def as_json(target, variant, classes, model, report):
    return {
        "file": str(target),
        "variant": variant,
        "classes": classes,
        "parameters": model.count_params(),
        "loaded": len(report.loaded),
        "skipped": list(report.skipped),
    }


def output_path(arguments):
    if arguments.out is None:
        return Path(Path(arguments.checkpoint).name.split(".")[0] + OUTPUTS[0])
    if not arguments.out.lower().endswith(OUTPUTS):
        raise ValueError(f"--out must end in {', '.join(OUTPUTS)}. Received: {arguments.out!r}")
    return Path(arguments.out)


def write(model, path):
    """Writes the weights in the format of the suffix; the file appears under its name only when it is whole."""
    from keras_mobilevitv3.atomic_write import atomic_write
    from keras_mobilevitv3.weights import export_checkpoint

    if not os.fspath(path).lower().endswith(OUTPUTS[0]):
        export_checkpoint(model, path)
        return
    with atomic_write(path) as unfinished:
        model.save_weights(unfinished)
