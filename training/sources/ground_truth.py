"""Builds the ground truth of a detection data set in COCO's format."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np


class AnnotatedImage(NamedTuple):
    """The size and the objects of an image.

    Attributes:
        image_id: Integer, at least 0 and below 2**31.
        file_name: String.
        height: Integer, pixels.
        width: Integer, pixels.
        boxes: Float array of shape `(count, 4)`, xyxy in pixels.
        labels: Integer array of shape `(count,)`, from 0.
        areas: Array of shape `(count,)`, number of pixels of each object. COCO's evaluation divides objects by area
            into small, medium and large objects.
        crowd: Boolean array of shape `(count,)`. COCO's evaluation does not count boxes of crowds.
    """

    image_id: int
    file_name: str
    height: int
    width: int
    boxes: np.ndarray
    labels: np.ndarray
    areas: np.ndarray
    crowd: np.ndarray


def coco_ground_truth(
    annotated_images: Iterable[AnnotatedImage], class_names: Sequence[str], category_ids: Sequence[int]
) -> dict:
    """Returns a ground truth in COCO's format, with annotation ids from 1.

    Args:
        annotated_images: Iterable of `AnnotatedImage`.
        class_names: Sequence of strings, in the order of the labels.
        category_ids: Sequence of integers, in the order of the labels.
    """
    images, annotations = [], []
    for each in annotated_images:
        size = {"height": int(each.height), "width": int(each.width)}
        images.append({"id": int(each.image_id), "file_name": each.file_name, **size})
        for box, label, area, crowd in zip(each.boxes, each.labels, each.areas, each.crowd, strict=True):
            left, top, right, bottom = (float(side) for side in box)
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": int(each.image_id),
                    "category_id": int(category_ids[label]),
                    "bbox": [left, top, right - left, bottom - top],
                    "area": float(area),
                    "iscrowd": int(crowd),
                }
            )
    categories = [{"id": number, "name": name} for number, name in zip(category_ids, class_names, strict=True)]
    return {"images": images, "annotations": annotations, "categories": categories}
