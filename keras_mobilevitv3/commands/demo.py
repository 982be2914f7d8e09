"""The command `keras-mobilevitv3 demo`."""

import argparse
import contextlib
import json
import sys

from keras_mobilevitv3.commands import options

NAME = "demo"
SUMMARY = "train, evaluate and export a small network, offline"
DESCRIPTION = (
    "Trains a MobileViTv3-XXS on the handwritten digits of scikit-learn, prints its test accuracy, and writes "
    "pictures, the Keras model, a SavedModel and a LiteRT file, each compared with the live model. Exit code 1 if the "
    "accuracy is below 97 %. It needs the extra `train`."
)
MINIMUM_ACCURACY = 0.97


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", default="demo", metavar="FOLDER", help="folder to write to (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=8, help="passes over the training images (default: %(default)s)")
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of the initial weights and of the training (default: %(default)s)"
    )
    options.add_no_overwrite(parser)
    parser.add_argument("--json", action="store_true", help="print JSON on stdout, and everything else on stderr")


def run(arguments: argparse.Namespace) -> int | None:
    if arguments.epochs < 1:
        raise ValueError(f"--epochs must be at least 1. Received: {arguments.epochs}")
    if not 0 <= arguments.seed < 2**32:
        raise ValueError(f"--seed must be an integer from 0 to {2**32 - 1}. Received: {arguments.seed}")

    from keras_mobilevitv3.demo import run_demo

    with contextlib.redirect_stdout(sys.stderr if arguments.json else sys.stdout):
        report = run_demo(arguments.out, epochs=arguments.epochs, seed=arguments.seed, overwrite=arguments.overwrite)
    if arguments.json:
        print(json.dumps(report, indent=2))
    if report["accuracy"] < MINIMUM_ACCURACY:
        print(f"The test accuracy of {report['accuracy']:.2%} is below {MINIMUM_ACCURACY:.0%}", file=sys.stderr)
        return 1
    return 0
