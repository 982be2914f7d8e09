"""The command `keras-mobilevitv3 detect`."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_mobilevitv3.array_types import FilePath, Model, Tensor
from keras_mobilevitv3.commands import model_files, options, picture_files
from keras_mobilevitv3.commands.class_names import find_class_names
from keras_mobilevitv3.commands.heads import heads_for
from keras_mobilevitv3.commands.terminal import with_progress
from keras_mobilevitv3.datasets import dataset_of

NAME = "detect"
SUMMARY = "find objects on pictures"
DESCRIPTION = (
    "Finds objects on pictures of any size. For each picture it writes NAME_detections.png, the boxes with names and "
    "scores; and for all pictures detections.json, in COCO's format of results, with boxes [left, top, width, height] "
    "in pixels of the pictures. The id of a picture is its name if the name is a number, as in COCO, or else its place "
    "among the pictures, from 1. The id of a category is that of the published data set with as many classes (80: "
    "COCO), or else the class, from 0."
)
(HEAD,) = heads_for("detection")
ENDING, RESULTS = "_detections.png", "detections.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    options.add_images(parser)
    options.add_out_folder(parser)
    options.add_variant(parser)
    options.add_weights(parser, [HEAD])
    parser.add_argument(
        "--threshold",
        type=float,
        default=0.3,
        metavar="P",
        help="smallest probability of an object, in [0, 1] (default: %(default)s)",
    )
    parser.add_argument(
        "--size",
        type=int,
        metavar="N",
        help="height and width to which pictures are resized for the network; a .keras file has its own size "
        f"(default: {HEAD.image_size})",
    )
    options.add_class_file(parser, [HEAD])
    options.add_no_overwrite(parser)
    options.add_json(parser)


def run(arguments: argparse.Namespace) -> int | None:
    model_files.check_size(arguments.size)
    picture_files.check_files(arguments.classes)
    model_files.check_weights(arguments.weights, HEAD, arguments.variant)
    paths, reader = picture_files.picture_paths(arguments.images), picture_files.PictureReader()
    if not 0 <= arguments.threshold <= 1:
        raise ValueError(f"--threshold must be in [0, 1]. Received: {arguments.threshold}")
    folder = picture_files.output_folder(paths, arguments.out, [ENDING], [RESULTS], arguments.overwrite)

    import keras

    from keras_mobilevitv3.atomic_write import atomic_write
    from keras_mobilevitv3.detection.predict_detections import predict_detections
    from keras_mobilevitv3.overwriting import check_file

    model = load_detector(arguments)
    model.confidence_threshold, model.order = arguments.threshold, "score"
    # TensorFlow traces a function more slowly than it runs the model once eagerly. JAX is slow in eager mode.
    model.compile(run_eagerly=keras.backend.backend() == "tensorflow")
    names = find_class_names(arguments.classes, model.classes, HEAD.task)
    results, reports = [], []
    for place, path in enumerate(with_progress(paths), start=1):
        image = reader.read(path)
        if image is None:
            continue
        (detections,) = predict_detections(model, [image])
        results += coco_results(detections, image_id(path, place), model.classes)
        reports.append(report(path, image, detections, names, folder, arguments.overwrite))
    replaced = check_file(folder / RESULTS, arguments.overwrite)
    with atomic_write(folder / RESULTS) as unfinished:
        unfinished.write_text(json.dumps(results), encoding="utf-8")
    if arguments.json:
        print(json.dumps(reports, indent=2))
        return reader.exit_code
    print("\n".join(map(describe, reports)))
    if replaced:
        print(f"replaced: {folder / RESULTS}")
    return reader.exit_code


def load_detector(arguments: argparse.Namespace) -> Model:
    """Loads or builds the detector for `--variant`, `--weights` and `--size`."""
    weights = arguments.weights
    if not model_files.is_keras_file(weights):
        return model_files.build_with_weights(HEAD, arguments.variant, weights, arguments.size or HEAD.image_size)
    model = model_files.load_keras_file(weights, HEAD.task, "detector")
    model_files.check_own_settings(model, weights, arguments.variant, size=arguments.size)
    return model


def image_id(path: FilePath, place: int) -> int:
    stem = Path(path).stem
    return int(stem) if stem.isascii() and stem.isdigit() else place


def coco_results(detections: Mapping[str, Tensor], image: int, classes: int) -> list[dict[str, Any]]:
    """Converts the detections of one picture to COCO's format of results.

    Args:
        detections: Dict of `predict_detections`.
        image: Integer, id of the picture.
        classes: Integer, number of classes of the model.

    Returns:
        List of dicts with `image_id`, `category_id`, `bbox` (left, top, width and height in pixels) and `score`.
    """
    published = dataset_of(HEAD.task, classes)
    categories = (published and published.category_ids) or range(classes)
    return [
        {
            "image_id": image,
            "category_id": categories[label],
            "bbox": [float(left), float(top), float(right - left), float(bottom - top)],
            "score": float(score),
        }
        for (left, top, right, bottom), label, score in zip(
            detections["boxes"], detections["labels"], detections["confidence"]
        )
    ]


def report(
    path: FilePath,
    image: Tensor,
    detections: Mapping[str, Tensor],
    names: Sequence[str],
    folder: Path,
    overwrite: bool = True,
) -> dict[str, Any]:
    """Draws the detections on a picture, writes the picture to a file, and lists the detections.

    Returns:
        Dict with the paths `image` and `picture`, the boolean `replaced`, whether the file replaced another file, and
        the list `detections`, most probable detection first.
    """
    from keras_mobilevitv3.commands.detection_boxes import draw_detections

    picture = folder / f"{Path(path).stem}{ENDING}"
    replaced = picture_files.save_picture(draw_detections(image, detections, names), picture, overwrite)
    return {
        "image": path,
        "picture": str(picture),
        "replaced": replaced,
        "detections": [
            {
                "class": int(label),
                "name": names[label],
                "score": float(score),
                "box": [float(side) for side in box],
            }
            for box, label, score in zip(*(detections[key] for key in ("boxes", "labels", "confidence")))
        ],
    }


def describe(report: Mapping[str, Any]) -> str:
    lines = [report["image"]]
    for found in report["detections"]:
        box = ", ".join(f"{side:.0f}" for side in found["box"])
        lines.append(f"  {found['score']:7.2%}  {found['name']}  ({box})")
    if not report["detections"]:
        lines.append("  nothing above the threshold")
    replaced = picture_files.replaced_words([report["picture"]] if report["replaced"] else [])
    return "\n".join([*lines, f"  -> {report['picture']}{replaced}"])
