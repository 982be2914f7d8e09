"""The command `keras-mobilevitv3 segment`."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_mobilevitv3.array_types import FilePath, Model, Tensor
from keras_mobilevitv3.commands import model_files, options, picture_files
from keras_mobilevitv3.commands.class_names import find_class_names, read_class_names
from keras_mobilevitv3.commands.heads import HEADS, Head, heads_for
from keras_mobilevitv3.commands.terminal import with_progress
from keras_mobilevitv3.datasets import dataset_of

NAME = "segment"
SUMMARY = "color the classes of pixels on pictures"
DESCRIPTION = (
    "Predicts the class of each pixel of pictures of any size. For each picture it writes NAME_mask.png, whose pixel "
    "values are the classes, with a palette of their colors; and NAME_overlay.png, the colors on the picture with a "
    "legend."
)
OUTPUTS = ("mask", "overlay")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    heads = heads_for("segmentation")
    options.add_images(parser)
    options.add_out_folder(parser)
    options.add_variant(parser)
    options.add_head(parser, heads)
    options.add_weights(parser, heads)
    options.add_output_stride(parser)
    parser.add_argument(
        "--size",
        type=int,
        metavar="N",
        help="size at which the network sees the picture, 0 for the size of the picture; a .keras file of a fixed size "
        f"has its own size (default: {heads[0].image_size})",
    )
    options.add_class_file(parser, heads)
    options.add_no_overwrite(parser)
    options.add_json(parser)


def run(arguments: argparse.Namespace) -> int | None:
    if arguments.size != 0:
        model_files.check_size(arguments.size)
    picture_files.check_files(arguments.classes)
    head = HEADS[arguments.head or heads_for("segmentation")[0].name]
    model_files.check_weights(arguments.weights, head, arguments.variant)
    paths, reader = picture_files.picture_paths(arguments.images), picture_files.PictureReader()
    endings = [f"_{kind}.png" for kind in OUTPUTS]
    folder = picture_files.output_folder(paths, arguments.out, endings, overwrite=arguments.overwrite)

    from keras_mobilevitv3.preprocessing import segmentation_palette

    model = load_segmenter(arguments, head)
    if model.classes == 1:  # masks contain 0 and 1
        foreground = read_class_names(arguments.classes, 1) if arguments.classes else ["foreground"]
        names = ["background", *foreground]
    else:
        names = find_class_names(arguments.classes, model.classes, head.task)
    count = len(names)
    published = dataset_of(head.task, count)
    palette = segmentation_palette(published.name if published else count)
    size = head.image_size if arguments.size is None else arguments.size
    common = (size or None, names, palette, folder, arguments.overwrite)
    pictures = ((path, reader.read(path)) for path in with_progress(paths))
    reports = [segment(model, path, image, *common) for path, image in pictures if image is not None]
    print(json.dumps(reports, indent=2) if arguments.json else "\n".join(map(describe, reports)))
    return reader.exit_code


def load_segmenter(arguments: argparse.Namespace, head: Head) -> Model:
    """Loads a `.keras` file, or builds a segmenter without an auxiliary head."""
    weights = arguments.weights
    if not model_files.is_keras_file(weights):
        return model_files.build_with_weights(head, arguments.variant, weights, output_stride=arguments.output_stride)
    model = model_files.load_keras_file(weights, head.task, "segmenter")
    size = arguments.size if None not in model.inputs[0].shape[1:3] else None
    model_files.check_own_settings(model, weights, arguments.variant, arguments.head, size, arguments.output_stride)
    return model


def segment(
    model: Model,
    path: FilePath,
    image: Tensor,
    size: int | None,
    names: Sequence[str],
    palette: Tensor,
    folder: Path,
    overwrite: bool = True,
) -> dict[str, Any]:
    """Predicts the classes of one picture, and writes the mask and the overlay.

    Returns:
        Dict with the paths `image`, `mask` and `overlay`, the list `replaced` of the paths of replaced files, and the
        list `classes` of the classes in the picture, largest share first.
    """
    import numpy as np
    from PIL import Image

    from keras_mobilevitv3.commands.segmentation_overlay import class_shares, draw_overlay
    from keras_mobilevitv3.segmentation.predict_segmentation import predict_segmentation

    classes = predict_segmentation(model, image, size=size)
    mask = Image.fromarray(np.asarray(classes, np.uint8))
    mask.putpalette(palette.tobytes())
    outputs = {kind: folder / f"{Path(path).stem}_{kind}.png" for kind in OUTPUTS}
    pictures = {"mask": mask, "overlay": draw_overlay(image, classes, names, palette)}
    replaced = [
        str(output) for kind, output in outputs.items() if picture_files.save_picture(pictures[kind], output, overwrite)
    ]
    return {
        "image": path,
        **{kind: str(output) for kind, output in outputs.items()},
        "replaced": replaced,
        "classes": [
            {"class": label, "name": names[label], "share": share} for label, share in class_shares(classes, names)
        ],
    }


def describe(report: Mapping[str, Any]) -> str:
    lines = [report["image"], *(f"  {found['share']:7.2%}  {found['name']}" for found in report["classes"])]
    written = f"  -> {report['mask']}, {report['overlay']}{picture_files.replaced_words(report['replaced'])}"
    return "\n".join([*lines, written])
