"""Converts COCO's annotations to masks with the classes of PASCAL VOC.

    python -m training.sources.coco_to_voc --annotations coco/annotations/instances_train2017.json \
        --images coco/train2017 --out VOCdevkit/VOC2012/coco_voc

The program writes grayscale masks `masks/*.png`, and the list `train.txt`. `training.sources.pascal_voc` adds this list
to the images of training.
"""

import argparse
import json
import os
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.overwriting import check_file

# Ids of COCO's categories, in the order of the classes of VOC. 0 is the background.
CATEGORIES = (0, 5, 2, 16, 9, 44, 6, 3, 17, 62, 21, 67, 18, 19, 4, 1, 64, 20, 63, 7, 72)
MIN_SIZE = 256


def voc_mask(annotations, height, width):
    """Draws annotations to a mask. Earlier annotations cover later ones. Categories that VOC lacks are background.

    Args:
        annotations: List of dicts, COCO's annotations of an image, with polygons or run lengths.
        height: Integer, height of the image.
        width: Integer, width of the image.

    Returns:
        Uint8 array of shape `(height, width)`.
    """
    mask = np.zeros((height, width), "uint8")
    for annotation in annotations:
        if annotation["category_id"] in CATEGORIES[1:]:
            inside = decode_segmentation(annotation["segmentation"], height, width)
            mask[inside & (mask == 0)] = CATEGORIES.index(annotation["category_id"])
    return mask


def decode_segmentation(segmentation, height, width):
    """Decodes a COCO segmentation (polygons or run lengths) to a boolean array `(height, width)`."""
    from faster_coco_eval.core import mask as coco_mask

    compressed = isinstance(segmentation, dict) and not isinstance(segmentation["counts"], list)
    runs = segmentation if compressed else coco_mask.frPyObjects(segmentation, height, width)
    runs = coco_mask.merge(runs) if isinstance(runs, list) else runs
    return coco_mask.decode(runs).astype(bool)


def convert(annotations, images, out):
    """Writes masks of the images that are at least 256x256 large and contain a class of VOC.

    Args:
        annotations: String or `os.PathLike`, COCO's JSON file.
        images: String or `os.PathLike`, the folder of the images.
        out: String or `os.PathLike`, the folder for the masks and the list.

    Returns:
        Integer, the number of masks.

    Raises:
        FileExistsError: If a file would replace a file or folder of another kind.
    """
    from PIL import Image

    data = json.loads(Path(annotations).read_text("utf-8"))
    by_image = defaultdict(list)
    for annotation in data["annotations"]:
        by_image[annotation["image_id"]].append(annotation)
    out = Path(out)
    check_file(out / "train.txt")
    (out / "masks").mkdir(parents=True, exist_ok=True)
    lines = []
    for image in sorted(data["images"], key=lambda image: image["id"]):
        if min(image["height"], image["width"]) < MIN_SIZE:
            continue
        mask = voc_mask(by_image[image["id"]], image["height"], image["width"])
        if len(np.unique(mask)) < 2:
            continue
        name = f"masks/{Path(image['file_name']).stem}.png"
        check_file(out / name)
        with atomic_write(out / name) as unfinished:
            Image.fromarray(mask).save(unfinished)
        lines.append(f"{os.path.relpath(Path(images) / image['file_name'], out)} {name}")
    with atomic_write(out / "train.txt") as unfinished:
        unfinished.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return len(lines)


def main(arguments=None):
    """Runs the command and returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.sources.coco_to_voc", description=__doc__.splitlines()[0])
    parser.add_argument("--annotations", required=True, help="instances_train2017.json")
    parser.add_argument("--images", required=True, help="folder of the images")
    parser.add_argument("--out", required=True, help="folder to write, coco_voc in VOC2012")
    options = parser.parse_args(arguments)
    print(f"{convert(options.annotations, options.images, options.out)} masks in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
