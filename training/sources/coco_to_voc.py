"""COCO's annotations as masks with the classes of PASCAL VOC.

    python -m training.sources.coco_to_voc --annotations coco/annotations/instances_train2017.json \
        --images coco/train2017 --out VOCdevkit/VOC2012/coco_voc

Writes `masks/*.png`, grayscale images, and `train.txt`, which `training.sources.pascal_voc` adds to training.
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

# Ids of COCO's categories, in the order of the classes of VOC; 0 is the background.
CATEGORIES = (0, 5, 2, 16, 9, 44, 6, 3, 17, 62, 21, 67, 18, 19, 4, 1, 64, 20, 63, 7, 72)
MIN_SIZE = 256


def voc_mask(annotations, height, width):
    """Draws annotations, each below those before it; categories that VOC does not have are background.

    Args:
        annotations: List of dicts, COCO's annotations of an image, with polygons or run lengths.
        height: Integer.
        width: Integer.

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
    """The pixels of a COCO segmentation, polygons or run lengths, compressed or not: boolean `(height, width)`."""
    from faster_coco_eval.core import mask as coco_mask

    compressed = isinstance(segmentation, dict) and not isinstance(segmentation["counts"], list)
    runs = segmentation if compressed else coco_mask.frPyObjects(segmentation, height, width)
    runs = coco_mask.merge(runs) if isinstance(runs, list) else runs
    return coco_mask.decode(runs).astype(bool)


def convert(annotations, images, out):
    """Writes the masks of the images that are 256x256 or larger and have something of VOC's classes in them.

    Args:
        annotations: String or `os.PathLike`, COCO's JSON file.
        images: String or `os.PathLike`, the folder of its images.
        out: String or `os.PathLike`, the folder to write.

    Returns:
        Integer, the number of masks.

    Raises:
        FileExistsError: If something that may not be replaced stands in the way of a file.
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
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.sources.coco_to_voc", description=__doc__.splitlines()[0])
    parser.add_argument("--annotations", required=True, help="instances_train2017.json")
    parser.add_argument("--images", required=True, help="the folder of its images")
    parser.add_argument("--out", required=True, help="the folder coco_voc in VOC2012")
    options = parser.parse_args(arguments)
    print(f"{convert(options.annotations, options.images, options.out)} masks in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
