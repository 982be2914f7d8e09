"""`keras-mobilevitv3 segment`."""

import json
from pathlib import Path

from keras_mobilevitv3.commands.checkpoint_classes import number_of_classes
from keras_mobilevitv3.commands.class_names import find_class_names, read_class_names
from keras_mobilevitv3.commands.model_files import (
    DEFAULT_VARIANT,
    OUTPUT_STRIDES,
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
OUTPUTS = ("mask", "overlay")


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
        "--head",
        choices=("deeplabv3", "pspnet"),
        help="head on it; a .keras file brings its own (default: deeplabv3)",
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
        choices=OUTPUT_STRIDES,
        help="pixels of the picture per pixel of the last map (default: 16; 8 with 'ade20k')",
    )
    parser.add_argument(
        "--size",
        type=int,
        metavar="N",
        help="size at which the network sees the picture, 0 for that of the picture; a .keras file of a fixed size has "
        f"its own (default: {PUBLISHED_SIZE})",
    )
    parser.add_argument(
        "--classes",
        metavar="FILE",
        help="text file of class names, one a line; those of PASCAL VOC for 21 classes and of ADE20K for 150 if left "
        "out, and numbers otherwise",
    )
    add_no_overwrite(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments):
    if arguments.size != 0:
        check_size(arguments.size)
    check_files(arguments.classes)
    paths, reader = picture_paths(arguments.images), PictureReader()
    endings = [f"_{kind}.png" for kind in OUTPUTS]
    folder = output_folder(paths, arguments.out, endings, overwrite=arguments.overwrite)

    from keras_mobilevitv3.preprocessing import segmentation_palette

    model = load_segmenter(arguments)
    if model.classes == 1:  # masks hold 0 and 1
        foreground = read_class_names(arguments.classes, 1) if arguments.classes else ["foreground"]
        count, names = 2, ["background", *foreground]
    else:
        count, names = model.classes, find_class_names(arguments.classes, model.classes, DATASETS)
    palette = segmentation_palette(DATASETS.get(count, count))
    size = PUBLISHED_SIZE if arguments.size is None else arguments.size
    common = (size or None, names, palette, folder, arguments.overwrite)
    pictures = ((path, reader.read(path)) for path in with_progress(paths))
    reports = [segment(model, path, image, *common) for path, image in pictures if image is not None]
    print(json.dumps(reports, indent=2) if arguments.json else "\n".join(map(describe, reports)))
    return reader.exit_code


def load_segmenter(arguments):
    """The segmenter that the arguments ask for, without an auxiliary head."""
    from keras_mobilevitv3.segmentation.deeplabv3 import DeepLabV3
    from keras_mobilevitv3.segmentation.pspnet import PSPNet
    from keras_mobilevitv3.segmentation.segmenter import Segmenter

    weights = arguments.weights
    published = check_weights_file(weights, PUBLISHED)
    if is_keras_file(weights):
        model = load_keras_file(weights, Segmenter, "segmenter")
        size = arguments.size if None not in model.inputs[0].shape[1:3] else None
        check_own_settings(model, weights, arguments.variant, arguments.head, size, arguments.output_stride)
        return model
    head, variant = arguments.head or "deeplabv3", arguments.variant or DEFAULT_VARIANT
    model = {"deeplabv3": DeepLabV3, "pspnet": PSPNet}[head](
        variant,
        classes=PUBLISHED[weights] if published else number_of_classes(weights),
        output_stride=arguments.output_stride or PUBLISHED_STRIDE.get(weights, 16),
        aux_head=False,
        weights=weights if published else None,
    )
    if not published:
        load_all(model, weights, f"{head} on {variant}", unused=("aux_",))
    return model


def segment(model, path, image, size, names, palette, folder, overwrite=True):
    """Predicts one picture and writes its two files.

    Returns:
        Dict of `image`, `mask`, `overlay` (paths), `replaced`, a list of the paths where a former file was replaced,
        and `classes`, a list of those that occur, largest share first.
    """
    import numpy as np
    from PIL import Image

    from keras_mobilevitv3.commands.segmentation_overlay import class_shares, draw_overlay
    from keras_mobilevitv3.segmentation.predict_segmentation import predict_segmentation

    classes = predict_segmentation(model, image, size=size)
    mask = Image.fromarray(classes.astype(np.uint8))
    mask.putpalette(palette.tobytes())
    outputs = {kind: folder / f"{Path(path).stem}_{kind}.png" for kind in OUTPUTS}
    pictures = {"mask": mask, "overlay": draw_overlay(image, classes, names, palette)}
    replaced = [str(output) for kind, output in outputs.items() if save_picture(pictures[kind], output, overwrite)]
    return {
        "image": path,
        **{kind: str(output) for kind, output in outputs.items()},
        "replaced": replaced,
        "classes": [
            {"class": label, "name": names[label], "share": share} for label, share in class_shares(classes, names)
        ],
    }


def describe(report):
    lines = [report["image"], *(f"  {found['share']:7.2%}  {found['name']}" for found in report["classes"])]
    written = f"  -> {report['mask']}, {report['overlay']}{replaced_words(report['replaced'])}"
    return "\n".join([*lines, written])
