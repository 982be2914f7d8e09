"""`keras-mobilevitv3 detect`."""

import json
from pathlib import Path

from keras_mobilevitv3.commands.checkpoint_classes import number_of_classes
from keras_mobilevitv3.commands.class_names import find_class_names
from keras_mobilevitv3.commands.model_files import (
    DEFAULT_VARIANT,
    check_own_settings,
    check_size,
    check_weights_file,
    is_keras_file,
    load_all,
    load_keras_file,
)
from keras_mobilevitv3.commands.overwrite_option import add_no_overwrite
from keras_mobilevitv3.commands.picture_files import (
    PictureReader,
    check_files,
    output_folder,
    picture_paths,
    replaced_words,
    save_picture,
)
from keras_mobilevitv3.commands.terminal import with_progress

NAME = "detect"
SUMMARY = "find objects on pictures"
DESCRIPTION = (
    "Finds objects on pictures of any size. For each it writes NAME_detections.png, the boxes with names and scores; "
    "and for all of them detections.json, in COCO's format of results, with boxes [left, top, width, height] in pixels "
    "of the pictures. There the id of a picture is its name if that is a number, as in COCO, or else its place among "
    "the pictures, from 1; the category is COCO's if there are 80 classes, or else the class, from 0."
)
COCO_CLASSES = 80
SIZE = 320
ENDING, RESULTS = "_detections.png", "detections.json"


def add_arguments(parser):
    parser.add_argument(
        "images", nargs="+", metavar="IMAGE", help="picture file that Pillow reads, or a folder of them"
    )
    parser.add_argument("--out", required=True, metavar="DIR", help="folder to write to, made if missing (required)")
    parser.add_argument(
        "--variant",
        help=f"id of the network; a .keras file brings its own (default: {DEFAULT_VARIANT})",
    )
    parser.add_argument(
        "--weights",
        default="coco",
        help="'coco' (downloaded on first use), or the path of a checkpoint or .keras file (default: %(default)s)",
    )
    parser.add_argument(
        "--threshold",
        type=float,
        default=0.3,
        metavar="P",
        help="least probability of an object, in [0, 1] (default: %(default)s)",
    )
    parser.add_argument(
        "--size",
        type=int,
        metavar="N",
        help=f"size to which the network sees the pictures squashed; a .keras file has its own (default: {SIZE})",
    )
    parser.add_argument(
        "--classes",
        metavar="FILE",
        help="text file of class names, one a line; those of COCO for 80 classes if left out, and numbers otherwise",
    )
    add_no_overwrite(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments):
    check_size(arguments.size)
    check_files(arguments.classes)
    paths, reader = picture_paths(arguments.images), PictureReader()
    if not 0 <= arguments.threshold <= 1:
        raise ValueError(f"--threshold must be in [0, 1]. Received: {arguments.threshold}")
    folder = output_folder(paths, arguments.out, [ENDING], [RESULTS], arguments.overwrite)

    import keras

    from keras_mobilevitv3.atomic_write import atomic_write
    from keras_mobilevitv3.detection.predict_detections import predict_detections
    from keras_mobilevitv3.overwriting import check_file

    model = load_detector(arguments)
    model.confidence_threshold, model.order = arguments.threshold, "score"
    # TensorFlow takes longer to trace a function than to run it once without; JAX is slow without.
    model.compile(run_eagerly=keras.backend.backend() == "tensorflow")
    names = find_class_names(arguments.classes, model.classes, {COCO_CLASSES: "coco"})
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


def load_detector(arguments):
    """The detector that `--variant`, `--weights` and `--size` ask for."""
    from keras_mobilevitv3.detection.ssd_detector import SSDDetector
    from keras_mobilevitv3.detection.ssdlite import SSDLite

    weights = arguments.weights
    published = check_weights_file(weights, ["coco"])
    if is_keras_file(weights):
        model = load_keras_file(weights, SSDDetector, "detector")
        check_own_settings(model, weights, arguments.variant, size=arguments.size)
        return model
    size, variant = arguments.size or SIZE, arguments.variant or DEFAULT_VARIANT
    shape = (size, size, 3)
    if published:
        return SSDLite(variant, input_shape=shape, weights="coco")
    model = SSDLite(variant, classes=number_of_classes(weights), input_shape=shape)
    load_all(model, weights, f"SSDLite on {variant}")
    return model


def image_id(path, place):
    stem = Path(path).stem
    return int(stem) if stem.isascii() and stem.isdigit() else place


def coco_results(detections, image, classes):
    """Detections of one picture as dicts of COCO's format of results."""
    from keras_mobilevitv3.datasets.coco import CATEGORIES

    categories = tuple(CATEGORIES) if classes == COCO_CLASSES else range(classes)
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


def report(path, image, detections, names, folder, overwrite=True):
    """Draws the picture, and says what is on it.

    Returns:
        Dict of `image`, `picture` (paths), `replaced`, whether a former picture was replaced, and `detections`, a list,
        the most probable first.
    """
    from keras_mobilevitv3.commands.detection_boxes import draw_detections

    picture = folder / f"{Path(path).stem}{ENDING}"
    replaced = save_picture(draw_detections(image, detections, names), picture, overwrite)
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


def describe(report):
    lines = [report["image"]]
    for found in report["detections"]:
        box = ", ".join(f"{side:.0f}" for side in found["box"])
        lines.append(f"  {found['score']:7.2%}  {found['name']}  ({box})")
    if not report["detections"]:
        lines.append("  nothing above the threshold")
    replaced = replaced_words([report["picture"]] if report["replaced"] else [])
    return "\n".join([*lines, f"  -> {report['picture']}{replaced}"])
