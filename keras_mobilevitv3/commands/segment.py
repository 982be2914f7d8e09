"""`keras-mobilevitv3 segment`."""

import json
import warnings
from pathlib import Path

from keras_mobilevitv3.commands.checkpoint_classes import number_of_classes

NAME = "segment"
SUMMARY = "colour what is where on pictures"
DESCRIPTION = (
    "Predicts the class of each pixel of pictures of any size. For each it writes NAME_mask.png, whose pixels are the "
    "classes and which shows in their colours, and NAME_overlay.png, the colours on the picture with a legend."
)
PUBLISHED = {"pascal_voc": 21, "ade20k": 150}  # classes by data set
PUBLISHED_STRIDE = {"ade20k": 8}
PUBLISHED_SIZE = 512


def add_arguments(parser):
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="picture file that Pillow reads")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder to write to, made if missing (required)")
    parser.add_argument(
        "--variant",
        default="mobilevitv3_xs",
        help="id of the network; a .keras file brings its own (default: %(default)s)",
    )
    parser.add_argument(
        "--head", choices=("deeplabv3", "pspnet"), default="deeplabv3", help="head on it (default: %(default)s)"
    )
    parser.add_argument(
        "--weights",
        default="pascal_voc",
        help="'pascal_voc' or 'ade20k' (downloaded on first use), or the path of a checkpoint or .keras file (default: "
        "%(default)s)",
    )
    parser.add_argument(
        "--output-stride",
        type=int,
        metavar="N",
        help="32, 16 or 8 pixels of the picture per pixel of the last map (default: 16; 8 with 'ade20k')",
    )
    parser.add_argument(
        "--size",
        type=int,
        default=PUBLISHED_SIZE,
        metavar="N",
        help="size at which the network sees the picture, 0 for that of the picture (default: %(default)s)",
    )
    parser.add_argument(
        "--classes",
        metavar="FILE",
        help="text file of class names, one a line; those of PASCAL VOC for 21 classes and of ADE20K for 150 if left "
        "out, and numbers otherwise",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments):
    for path in (*arguments.images, *([arguments.classes] if arguments.classes else [])):
        if not Path(path).is_file():
            raise FileNotFoundError(f"there is no file {path!r}")
    stems = [Path(path).stem for path in arguments.images]
    if len(set(stems)) < len(stems):
        raise ValueError(f"the pictures must differ in their names without suffix. Received: {', '.join(stems)}")
    folder = Path(arguments.out)
    folder.mkdir(parents=True, exist_ok=True)

    from keras_mobilevitv3.preprocessing import segmentation_palette

    model = load_segmenter(arguments)
    count = model.get_layer("classifier").filters
    names = class_names_of(count, arguments.classes)
    palette = segmentation_palette({classes: dataset for dataset, classes in PUBLISHED.items()}.get(count, count))
    reports = [segment(model, path, arguments.size or None, names, palette, folder) for path in arguments.images]
    print(json.dumps(reports, indent=2) if arguments.json else "\n".join(map(describe, reports)))


def load_segmenter(arguments):
    """The segmenter that the arguments ask for, without an auxiliary head."""
    from keras_mobilevitv3.models import DeepLabV3, PSPNet
    from keras_mobilevitv3.weights import load_checkpoint

    weights = arguments.weights
    published = weights in PUBLISHED
    if not published and not Path(weights).is_file():
        raise FileNotFoundError(f"--weights must be 'pascal_voc', 'ade20k' or an existing file. Received: {weights!r}")
    if weights.lower().endswith(".keras"):
        return load_keras_file(weights)
    model = {"deeplabv3": DeepLabV3, "pspnet": PSPNet}[arguments.head](
        arguments.variant,
        classes=PUBLISHED[weights] if published else number_of_classes(weights),
        output_stride=arguments.output_stride or PUBLISHED_STRIDE.get(weights, 16),
        aux_head=False,
        weights=weights if published else None,
    )
    if published:
        return model
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is left out is an error here
        report = load_checkpoint(model, weights)
    skipped = [name for name in report.skipped if "aux_" not in name]
    if skipped or report.kept:
        raise ValueError(
            f"{weights} does not fit {arguments.head} on {arguments.variant}: left out are "
            f"{', '.join([*skipped, *report.kept])}"
        )
    return model


def load_keras_file(path):
    import keras

    from keras_mobilevitv3.models import Segmenter

    model = keras.saving.load_model(path, compile=False)
    if not isinstance(model, Segmenter):
        raise ValueError(f"{path} is not a segmenter of this package")
    return model


def class_names_of(count, names_file):
    from keras_mobilevitv3.preprocessing import class_names

    if names_file is not None:
        names = Path(names_file).read_text(encoding="utf-8").splitlines()
        if len(names) != count:
            raise ValueError(
                f"{names_file} must have one line for each of the {count} classes. Received: {len(names)} lines"
            )
        return names
    dataset = {classes: name for name, classes in PUBLISHED.items()}.get(count)
    return class_names(dataset) if dataset else [f"class {index}" for index in range(count)]


def segment(model, path, size, names, palette, folder):
    """Predicts one picture and writes its two files.

    Returns:
        Dict of `image`, `mask`, `overlay` (paths) and `classes`, a list of those that occur, largest share first.
    """
    import numpy as np
    from PIL import Image

    from keras_mobilevitv3.commands.segmentation_overlay import class_shares, draw_overlay
    from keras_mobilevitv3.models import predict_segmentation
    from keras_mobilevitv3.preprocessing import read_image

    image = read_image(path)
    classes = predict_segmentation(model, image, size=size)
    mask = Image.fromarray(classes.astype(np.uint8))
    mask.putpalette(palette.tobytes())
    outputs = {kind: folder / f"{Path(path).stem}_{kind}.png" for kind in ("mask", "overlay")}
    mask.save(outputs["mask"])
    draw_overlay(image, classes, names, palette).save(outputs["overlay"])
    return {
        "image": path,
        **{kind: str(output) for kind, output in outputs.items()},
        "classes": [
            {"class": label, "name": names[label], "share": share} for label, share in class_shares(classes, names)
        ],
    }


def describe(report):
    lines = [report["image"], *(f"  {found['share']:7.2%}  {found['name']}" for found in report["classes"])]
    return "\n".join([*lines, f"  -> {report['mask']}, {report['overlay']}"])
