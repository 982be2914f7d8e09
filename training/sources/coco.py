"""Reads detection data sets in COCO's format."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from keras_mobilevitv3.array_types import FilePath
from keras_mobilevitv3.checks import is_integer, is_number
from training.sources.box_checks import check_class_names, check_in_pixels, is_usable, log_boxes_without_area
from training.sources.box_files import BoxFileSource, Objects
from training.sources.file_names import find_files
from training.sources.pictures import some
from training.sources.text_files import read_text

LARGEST_ID = 2**31 - 1


class CocoFile:
    """The checked contents of a JSON file in COCO's format.

    Args:
        path: String or `os.PathLike`.

    Attributes:
        images: List of dicts with `"id"` and `"file_name"`.
        annotations: List of dicts with `"image_id"` and `"category_id"`.
        names: Dict from the ids of categories to their names, in the order of the ids. A category of id 0 that is only
            the supercategory of others, as Roboflow writes, is left out.

    Raises:
        ValueError: If the file is not in this format.
    """

    def __init__(self, path: FilePath):
        self.path = Path(path)
        try:
            data = json.loads(read_text(self.path))
        except ValueError as error:
            raise ValueError(f"{str(path)!r} must be a JSON file in UTF-8: {error}") from error
        lists = {
            "images": ("id", "file_name"),
            "annotations": ("image_id", "category_id"),
            "categories": ("id", "name"),
        }
        missing = [key for key in lists if not isinstance(data, dict) or not isinstance(data.get(key), list)]
        if missing:
            raise ValueError(
                "A file in COCO's format must have lists of images, annotations and categories. "
                f"Received: {str(path)!r} without {missing}"
            )
        for key, fields in lists.items():
            wrong = next((each for each in data[key] if any(each.get(field) is None for field in fields)), None)
            if wrong is not None:
                raise ValueError(f"{key} must have {list(fields)}. Received: {str(path)!r} with {str(wrong)[:200]}")
        self.images, self.annotations = data["images"], data["annotations"]
        self._check_ids([image["id"] for image in self.images])
        self.names = self._names(data["categories"])

    def _check_ids(self, ids):
        if len(set(ids)) < len(ids) or not all(is_integer(each) and 0 <= each <= LARGEST_ID for each in ids):
            raise ValueError(
                f"The ids of images must be different integers in [0, {LARGEST_ID}]. "
                f"Received: {str(self.path)!r} with others"
            )
        unknown = {each["image_id"] for each in self.annotations} - set(ids)
        if unknown:
            raise ValueError(
                "The annotations must be of images in the file. "
                f"Received: {str(self.path)!r} with others {sorted(unknown, key=str)[:5]}"
            )

    def _names(self, categories):
        used = {each["category_id"] for each in self.annotations}
        ids = [each["id"] for each in categories]
        if len(set(ids)) < len(ids) or not used <= set(ids):
            raise ValueError(
                f"The annotations must be of the categories {ids}, whose ids must differ. "
                f"Received: {str(self.path)!r} with the categories {sorted(used - set(ids), key=str)} too"
            )
        parents = {each.get("supercategory") for each in categories if each["id"] != 0}
        kept = [each for each in categories if each["id"] != 0 or 0 in used or each["name"] not in parents]
        return {each["id"]: str(each["name"]) for each in sorted(kept, key=lambda each: each["id"])}


class CocoSource(BoxFileSource):
    """A folder of images and a JSON file in COCO's format. A `DetectionSource`.

    Labels follow the order of the ids of the categories. Crowds are not used for training. Boxes without an area are
    left out, and one line of the log counts these boxes. Boxes may lie partly outside their image. `BoxFileSource`
    explains what happens to turned images.

    Args:
        annotations: String or `os.PathLike`, the JSON file, or a `CocoFile`.
        images: String or `os.PathLike`, the folder of the images, or a sequence of folders to search in this order.
        keep_empty: Boolean, whether to keep images without an annotation. Defaults to `True`.
        classes: Dict from the names of the classes to their ids in `to_coco()`, in the order of the labels, or `None`
            for the categories of the file. Defaults to `None`.

    Raises:
        FileNotFoundError: If the file or the folder does not exist.
        ValueError: If the file is not in this format, names images that do not exist, or has boxes that are missing,
            not finite, inverted or outside their image.
    """

    def __init__(
        self,
        annotations: "FilePath | CocoFile",
        images: FilePath | Sequence[FilePath],
        keep_empty: bool = True,
        classes: dict[str, int] | None = None,
    ):
        path = annotations.path if isinstance(annotations, CocoFile) else Path(annotations)
        folders = [Path(each) for each in ([images] if isinstance(images, str | os.PathLike) else images)]
        if not path.is_file() or not any(folder.is_dir() for folder in folders):
            raise FileNotFoundError(
                "There must be a JSON file of annotations and a folder of images. "
                f"Received: annotations={str(path)!r}, images={some(folders)}"
            )
        file = annotations if isinstance(annotations, CocoFile) else CocoFile(path)
        self._read(file, folders, keep_empty, classes)

    def _read(self, file, folders, keep_empty, classes):
        classes = {name: number for number, name in file.names.items()} if classes is None else classes
        check_class_names(list(classes), list(file.names.values()), (file.path, file.path))
        labels = {name: label for label, name in enumerate(classes)}
        sizes = {image["id"]: _stated_size(image) for image in file.images}
        objects = {image["id"]: Objects([], [], [], [], sizes[image["id"]]) for image in file.images}
        left_out = 0
        for each in file.annotations:
            place = f"annotation {each.get('id')} of image {each['image_id']} in {str(file.path)!r}"
            box = _xyxy(each.get("bbox"), place)
            if not is_usable(box, sizes[each["image_id"]], place):
                left_out += 1
                continue
            area = each.get("area")
            of_image = objects[each["image_id"]]
            of_image.boxes.append(box)
            of_image.labels.append(labels[file.names[each["category_id"]]])
            of_image.crowd.append(each.get("iscrowd") not in (None, 0, "0", ""))
            of_image.areas.append(area if is_number(area) else float("nan"))
        log_boxes_without_area(file.path, left_out)
        check_in_pixels([box for each in objects.values() for box in each.boxes], file.path)
        kept = [image for image in file.images if keep_empty or objects[image["id"]].labels]
        paths = find_files([image["file_name"] for image in kept], folders, file.path)
        ids = [image["id"] for image in kept]
        super().__init__(paths, [objects[each] for each in ids], labels, tuple(classes.values()), ids)


def _stated_size(image):
    size = tuple(image.get(side) for side in ("height", "width"))
    return size if all(is_integer(side) and 0 < side <= LARGEST_ID for side in size) else (0, 0)


def _xyxy(bbox, place):
    if not isinstance(bbox, list) or len(bbox) != 4 or not all(isinstance(side, int | float) for side in bbox):
        raise ValueError(
            f"Each annotation must have a `bbox` of four numbers: left, top, width and height in pixels. "
            f"Received: {place} with bbox={bbox!r}"
        )
    left, top, width, height = bbox
    return [left, top, left + width, top + height]
