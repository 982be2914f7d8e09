"""Small data sets in COCO's format."""

import json

import numpy as np

from tests.training.augment.draws import photo
from tests.training.sources.image_files import encode

CATEGORIES = [{"id": 17, "name": "cat"}, {"id": 3, "name": "car"}, {"id": 90, "name": "toothbrush"}]


def annotation(number, image, category, bbox, **more):
    return {"id": number, "image_id": image, "category_id": category, "bbox": bbox, "area": 1, "iscrowd": 0} | more


ANNOTATIONS = [
    annotation(1, 42, 17, [5, 6, 10, 12]),
    annotation(2, 7, 3, [1.5, 2, 20, 10.25]),
    annotation(3, 42, 90, [0, 0, 30, 20], iscrowd=1),
    annotation(4, 42, 3, [-2, 1, 50, 8]),
    annotation(5, 42, 3, [4, 4, 0, 8]),
    annotation(5, 9, 90, [1, 1, 5, 5], iscrowd=1),
]


def write_coco(root, split="train", year="", prefix=""):
    """Writes `root/annotations/*.json` and a folder of four photographs, and returns their paths."""
    images = [{"id": number, "file_name": f"{number:012}.jpg", "height": 20, "width": 30} for number in (42, 7, 9, 8)]
    data = {"images": images, "annotations": ANNOTATIONS, "categories": CATEGORIES}
    (root / "annotations").mkdir(exist_ok=True)
    (root / f"{split}{year}").mkdir(exist_ok=True)
    path = root / "annotations" / f"{prefix}{split}{year}.json"
    path.write_text(json.dumps(data))
    for number, image in enumerate(images):
        (root / f"{split}{year}" / image["file_name"]).write_bytes(encode(np.roll(photo(20, 30), number, axis=0)))
    return path, root / f"{split}{year}"
