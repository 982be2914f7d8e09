"""`keras-mobilevitv3 segment`."""

import json
from pathlib import Path

from keras_mobilevitv3.commands.checkpoint_classes import number_of_classes
from keras_mobilevitv3.commands.class_names import find_class_names, read_class_names
from keras_mobilevitv3.commands.model_files import check_weights_file, is_keras_file, load_all, load_keras_file
from keras_mobilevitv3.commands.picture_files import check_files, output_folder, save_picture
from keras_mobilevitv3.commands.terminal import with_progress

NAME = "segment"
SUMMARY = "colour what is where on pictures"
DESCRIPTION = (
    "Predicts the class of each pixel of pictures of any size. For each it writes NAME_mask.png, whose pixels are the "
    "classes and which shows in their colours, and NAME_overlay.png, the colours on the picture with a legend."
)
PUBLISHED = {"pascal_voc": 21, "ade20k": 150}  # classes by data set
DATASETS = {classes: dataset for dataset, classes in PUBLISHED.items()}
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
        help="size at which the network sees the picture, 0 for that of the picture; a .keras file of a fixed size has "
        "its own (default: %(default)s)",
    )
    parser.add_argument(
        "--classes",
        metavar="FILE",
        help="text file of class names, one a line; those of PASCAL VOC for 21 classes and of ADE20K for 150 if left "
        "out, and numbers otherwise",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments):
    check_files(*arguments.images, arguments.classes)
    folder = output_folder(arguments.images, arguments.out)

    from keras_mobilevitv3.preprocessing import segmentation_palette

    model = load_segmenter(arguments)
    if model.classes == 1:  # masks hold 0 and 1
        foreground = read_class_names(arguments.classes, 1) if arguments.classes else ["foreground"]
        count, names = 2, ["background", *foreground]
    else:
        count, names = model.classes, find_class_names(arguments.classes, model.classes, DATASETS)
    palette = segmentation_palette(DATASETS.get(count, count))
    reports = [
        segment(model, path, arguments.size or None, names, palette, folder) for path in with_progress(arguments.images)
    ]
    print(json.dumps(reports, indent=2) if arguments.json else "\n".join(map(describe, reports)))


def load_segmenter(arguments):
    """The segmenter that the arguments ask for, without an auxiliary head."""
    from keras_mobilevitv3.models import DeepLabV3, PSPNet, Segmenter

    weights = arguments.weights
    published = check_weights_file(weights, PUBLISHED)
    if is_keras_file(weights):
        return load_keras_file(weights, Segmenter, "segmenter")
    model = {"deeplabv3": DeepLabV3, "pspnet": PSPNet}[arguments.head](
        arguments.variant,
        classes=PUBLISHED[weights] if published else number_of_classes(weights),
        output_stride=arguments.output_stride or PUBLISHED_STRIDE.get(weights, 16),
        aux_head=False,
        weights=weights if published else None,
    )
    if not published:
        load_all(model, weights, f"{arguments.head} on {arguments.variant}", unused=("aux_",))
    return model


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
    save_picture(mask, outputs["mask"])
    save_picture(draw_overlay(image, classes, names, palette), outputs["overlay"])
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
