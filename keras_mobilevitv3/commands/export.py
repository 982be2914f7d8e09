"""The command `keras-mobilevitv3 export`."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from keras_mobilevitv3.array_types import FilePath, Model, Tensor
from keras_mobilevitv3.commands import model_files, options
from keras_mobilevitv3.commands.heads import DEFAULT_HEAD, HEADS, Head, heads_for
from keras_mobilevitv3.commands.picture_files import check_files
from keras_mobilevitv3.exporting.check_format import check_format
from keras_mobilevitv3.exporting.formats import FORMATS

NAME = "export"
SUMMARY = "write a model for TF Serving, LiteRT, ONNX or OpenVINO"
DESCRIPTION = (
    "Writes a classifier, segmenter or detector for another runtime, runs it there on photographs, and fails if the "
    "outputs differ from those of the Keras model. It writes a model card next to the model."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    formats = sorted(FORMATS.values(), key=lambda format: not format.is_folder)
    options.add_weights(parser, list(HEADS.values()), required=True)
    parser.add_argument(
        "--out",
        required=True,
        metavar="PATH",
        help=f"file to write, ending in {options.in_words([each.suffix for each in formats if each.suffix])}; for a "
        f"{formats[0].title} the folder of the model, in which each version has a folder (required)",
    )
    parser.add_argument(
        "--format",
        choices=[format.name for format in formats],
        default=formats[0].name,
        help="format (default: %(default)s)",
    )
    options.add_variant(parser)
    options.add_head(parser, list(HEADS.values()))
    options.add_size_of_head(parser, "; a .keras file has its own size")
    options.add_output_stride(parser, "of segmenters: ")
    precisions = "; ".join(f"{format.title}: {', '.join(format.precisions)}" for format in formats)
    parser.add_argument(
        "--precision",
        choices=list(dict.fromkeys(precision for format in formats for precision in format.precisions)),
        default="float32",
        help=f"precision (default: %(default)s). {precisions}",
    )
    parser.add_argument(
        "--calibration",
        nargs="+",
        metavar="PICTURE",
        help="for 'int8': about fifty pictures like those that the model will see; they are resized to its input",
    )
    parser.add_argument(
        "--classes",
        metavar="FILE",
        help="text file of class names, one per line (default: the names of the published data set with as many "
        "classes, otherwise numbers)",
    )
    parser.add_argument(
        "--raw", action="store_true", help="write a detector without decoding, and its anchors to a file next to it"
    )
    parser.add_argument("--class-map", action="store_true", help="classes of pixels instead of logits of a segmenter")
    parser.add_argument(
        "--activation",
        choices=("softmax", "sigmoid", "none", "features"),
        help="function that turns the outputs of a .keras classifier into probabilities: softmax (one class per "
        "picture) or sigmoid (several labels); none if the outputs are probabilities, features if they are no scores; "
        "needed if the last layer does not tell",
    )
    parser.add_argument(
        "--batch-size",
        type=int,
        metavar="N",
        help="images per call, fixed in the file (default: any number; one for LiteRT)",
    )
    parser.add_argument(
        "--version",
        type=int,
        metavar="N",
        help=f"version of a {formats[0].title} (default: one more than the latest)",
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        metavar="X",
        help="largest allowed difference, as a fraction of the largest output value",
    )
    replacing = parser.add_mutually_exclusive_group()
    replacing.add_argument(
        "--overwrite",
        action="store_true",
        default=None,
        help="also replace the folder of a version, if this command wrote everything in it; files are replaced without "
        "this option",
    )
    replacing.add_argument(
        "--no-overwrite", dest="overwrite", action="store_false", default=None, help="replace nothing"
    )
    options.add_json(parser)


def run(arguments: argparse.Namespace) -> None:
    check_files(arguments.classes, *(arguments.calibration or []))
    model_files.check_size(arguments.size)
    if (arguments.precision == "int8") != bool(arguments.calibration):
        raise ValueError(
            "--calibration must be given for --precision int8, and only for this precision. "
            f"Received: --precision {arguments.precision}"
        )
    head = HEADS[arguments.head or DEFAULT_HEAD.name]
    model_files.check_weights(arguments.weights, head, arguments.variant)
    if not model_files.is_keras_file(arguments.weights):
        check_head_options(arguments, head)

    check_format(Path(arguments.out), arguments.format, arguments.precision, arguments.version)

    from keras_mobilevitv3.exporting.export_model import export

    model = load_model(arguments, head)
    report = export(
        model,
        arguments.out,
        format=arguments.format,
        precision=arguments.precision,
        tolerance=arguments.tolerance,
        calibration=calibration_images(model, arguments.calibration),
        postprocessing=not arguments.raw,
        class_map=arguments.class_map,
        class_names=class_names(arguments, head),
        batch_size=arguments.batch_size,
        version=arguments.version,
        weights=arguments.weights,
        verbose=False,
        overwrite=arguments.overwrite,
        activation=arguments.activation,
    )
    print(json.dumps(asdict(report), indent=2, default=str) if arguments.json else report)


def check_head_options(arguments: argparse.Namespace, head: Head) -> None:
    """Raises `ValueError` for an option that does not apply to a head."""
    for given, option, task in (
        (arguments.output_stride is not None, "--output-stride", "segmentation"),
        (arguments.class_map, "--class-map", "segmentation"),
        (arguments.raw, "--raw", "detection"),
    ):
        if given and head.task != task:
            allowed = options.in_words([each.name for each in heads_for(task)])
            raise ValueError(f"{option} must be left out unless the head is {allowed}. Received: {head.name}")


def load_model(arguments: argparse.Namespace, head: Head) -> Model:
    """Loads or builds the model for `--variant`, `--head`, `--weights`, `--size` and `--output-stride`."""
    weights = arguments.weights
    if not model_files.is_keras_file(weights):
        size = arguments.size or head.published.get(weights, head).image_size
        return model_files.build_with_weights(head, arguments.variant, weights, size, arguments.output_stride)

    import keras

    model = keras.saving.load_model(weights, compile=False)
    model_files.check_own_settings(
        model, weights, arguments.variant, arguments.head, arguments.size, arguments.output_stride
    )
    check_head_options(arguments, model_files.head_of(model))
    return model


def calibration_images(model: Model, paths: Sequence[FilePath] | None) -> Tensor | None:
    """Reads pictures and converts them to the size and the pixel values of the input of a model.

    Args:
        model: Keras model.
        paths: Sequence of paths of picture files, or `None`.

    Returns:
        Float32 array of shape `(pictures, height, width, 3)`, or `None` without paths.
    """
    if not paths:
        return None
    import numpy as np

    from keras_mobilevitv3.preprocessing import read_image, resize_image
    from keras_mobilevitv3.preprocessing.pixel_range import from_pixels

    height, width = (side or DEFAULT_HEAD.image_size for side in model.inputs[0].shape[1:3])
    images = np.stack([np.asarray(resize_image(read_image(path), (height, width)), "float32") for path in paths])
    return from_pixels(model, images)


def class_names(arguments: argparse.Namespace, head: Head) -> list[str] | None:
    """Returns the class names for `export`.

    Returns:
        List of strings: the lines of the file of `--classes`, or the names that Keras downloads for the published
        weights. `None` if `export` finds the names itself, or the download fails.
    """
    if arguments.classes is not None:
        return Path(arguments.classes).read_text(encoding="utf-8").splitlines()
    published = head.published.get(arguments.weights)
    if published is None or published.class_names is not None:
        return None
    import numpy as np

    from keras_mobilevitv3.preprocessing import decode_predictions

    try:
        return [best[0][1] for best in decode_predictions(np.eye(published.classes), top=1)]
    except RuntimeError:  # without a network connection, `export` numbers the classes
        return None
