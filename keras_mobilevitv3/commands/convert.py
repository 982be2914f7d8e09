"""`keras-mobilevitv3 convert`."""

import json
import os
import warnings
from pathlib import Path

from keras_mobilevitv3.commands.checkpoint_classes import number_of_classes

NAME = "convert"
SUMMARY = "convert a checkpoint to Keras, or back to the official names"
DESCRIPTION = (
    "Reads a checkpoint (.pt or .pth, .pdparams, .safetensors, .weights.h5, .keras), loads it into the classifier of a "
    "network, and writes it again: as .weights.h5 for Keras, or as .pt or .safetensors under the official names."
)
OUTPUTS = (".weights.h5", ".safetensors", ".pt")


def add_arguments(parser):
    parser.add_argument("checkpoint", help="file to read")
    parser.add_argument("--variant", required=True, help="id of the network in it (required)")
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
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments):
    source, target = Path(arguments.checkpoint), output_path(arguments)
    if not source.is_file():
        raise FileNotFoundError(f"there is no checkpoint {str(source)!r}")
    if target.exists() and target.samefile(source):
        raise ValueError(f"--out must not be the checkpoint itself. Received: {str(target)!r}")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {str(target.parent)!r} to write to")

    from keras_mobilevitv3.models import build_classifier
    from keras_mobilevitv3.weights import load_checkpoint

    classes = arguments.classes or number_of_classes(source)
    model = build_classifier(arguments.variant, weights=None, classes=classes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the names left out are printed below
        report = load_checkpoint(model, source, channel_order=arguments.channel_order)
    write(model, target)
    if arguments.json:
        print(json.dumps(as_json(target, arguments.variant, classes, model, report), indent=2))
        return
    print(f"{target}: {arguments.variant} with {classes} classes, {model.count_params():,} weights")
    print(f"tensors loaded: {len(report.loaded)}, left out: {len(report.skipped)}")
    if report.skipped:
        print(f"left out, so that the classifier is random: {', '.join(report.skipped)}")


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
