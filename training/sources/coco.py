"""Detection data sets in COCO's format."""

import json
from pathlib import Path

import numpy as np
import tensorflow as tf

from keras_mobilevitv3.preprocessing.exif_orientation import exif_orientation, without_orientation
from training.data.epoch_plan import epoch_order

LARGEST_ID = 2**31 - 1


class CocoSource:
    """A folder of images and a JSON file in COCO's format.

    Labels are the places of the categories in the order of their ids, whatever numbers those are. Crowds and boxes
    that are not finite or without a width or a height are not learnt; other boxes are taken as they are, also where
    they leave the image.

    Boxes belong to images as viewers and annotation tools show them: upright by their EXIF orientation. If the JSON
    file states the size of the stored pixels of a turned JPEG, its boxes belong to the stored pixels, and the image is
    not turned.

    Args:
        annotations: String or `os.PathLike`, the JSON file.
        images: String or `os.PathLike`, the folder that the file names of the images are below.
        keep_empty: Boolean, whether images without an annotation count. Defaults to `True`.

    Attributes:
        class_names: Tuple of strings.
        category_ids: Tuple of integers.
        paths: List of strings.
        image_ids: Int64 array.

    Raises:
        FileNotFoundError: If there is no such file or folder.
        ValueError: If the file is not in this format.
    """

    def __init__(self, annotations, images, keep_empty=True):
        self.annotations, self.images, self.keep_empty = Path(annotations), Path(images), keep_empty
        if not self.annotations.is_file() or not self.images.is_dir():
            raise FileNotFoundError(
                "There must be a JSON file of annotations and a folder of images. "
                f"Received: annotations={str(annotations)!r}, images={str(images)!r}"
            )
        data = self.to_coco()
        categories = sorted(data["categories"], key=lambda category: category["id"])
        self.class_names = tuple(category["name"] for category in categories)
        self.category_ids = tuple(category["id"] for category in categories)
        self.image_ids = np.array([image["id"] for image in data["images"]], "int64")
        self.paths = [str(self.images / image["file_name"]) for image in data["images"]]
        self._path_tensor = tf.constant(self.paths)
        sizes = [[image.get(side) for side in ("height", "width")] for image in data["images"]]
        sizes = [size if all(isinstance(side, int) for side in size) else [0, 0] for size in sizes]
        self._stated_sizes = tf.constant(np.array(sizes, "int64").reshape(-1, 2).clip(0, LARGEST_ID), tf.int32)
        self._boxes, self._labels = self._ragged(data["annotations"])

    def _ragged(self, annotations):
        """Boxes and labels to be learnt, one row for each image."""
        rows = {number: row for row, number in enumerate(self.image_ids.tolist())}
        labels = {number: label for label, number in enumerate(self.category_ids)}
        unknown = {each["category_id"] for each in annotations} - labels.keys()
        if unknown:
            raise ValueError(
                f"The annotations must be of the categories {list(labels)}. "
                f"Received: {str(self.annotations)!r} with the categories {sorted(unknown)} too"
            )
        learnt = [each for each in annotations if not each.get("iscrowd")]
        learnt.sort(key=lambda each: rows[each["image_id"]])  # stable
        boxes = np.array([each["bbox"] for each in learnt], "float32").reshape(-1, 4)
        image = np.array([rows[each["image_id"]] for each in learnt], "int64")
        label = np.array([labels[each["category_id"]] for each in learnt], "int32")
        kept = np.isfinite(boxes).all(axis=1) & (boxes[:, 2:] > 0).all(axis=1)
        boxes[:, 2:] += boxes[:, :2]
        boxes = tf.RaggedTensor.from_row_lengths(boxes[kept], np.bincount(image[kept], minlength=len(rows)))
        return boxes, boxes.with_flat_values(label[kept])

    def __len__(self):
        return len(self.paths)

    def references(self, seed=None, epoch=0):
        order = np.arange(len(self)) if seed is None else epoch_order(len(self), seed, epoch)
        samples = {"name": tf.gather(self._path_tensor, order), "image_id": self.image_ids[order], "row": order}
        return tf.data.Dataset.from_tensor_slices(samples)

    def load(self, reference):
        row = reference["row"]
        contents = _as_annotated(tf.io.read_file(reference["name"]), self._stated_sizes[row])
        return contents, self._boxes[row], self._labels[row]

    def to_coco(self):
        data = json.loads(self.annotations.read_text("utf-8"))
        missing = [key for key in ("images", "annotations", "categories") if not isinstance(data.get(key), list)]
        if missing:
            raise ValueError(
                "A file in COCO's format must have lists of images, annotations and categories. "
                f"Received: {str(self.annotations)!r} without {missing}"
            )
        ids = [image["id"] for image in data["images"]]
        if len(set(ids)) < len(ids) or not all(isinstance(each, int) and 0 <= each <= LARGEST_ID for each in ids):
            raise ValueError(
                f"The ids of images must be different integers in [0, {LARGEST_ID}]. "
                f"Received: {str(self.annotations)!r} with others"
            )
        annotated = {each["image_id"] for each in data["annotations"]}
        if not annotated <= set(ids):
            raise ValueError(
                "The annotations must be of images in the file. "
                f"Received: {str(self.annotations)!r} with others {sorted(annotated - set(ids))[:5]}"
            )
        if not self.keep_empty:
            data["images"] = [image for image in data["images"] if image["id"] in annotated]
        return data


def _as_annotated(contents, stated_size):
    """A file that decodes to the picture that was annotated: without its orientation, if the size says so.

    Args:
        contents: String scalar tensor.
        stated_size: Int32 tensor, height and width of the annotated picture.
    """

    def jpeg():
        stored_size = tf.io.extract_jpeg_shape(contents)[:2]
        is_turned = (exif_orientation(contents) >= 5) & (stored_size[0] != stored_size[1])
        is_annotated_as_stored = is_turned & tf.reduce_all(stored_size == stated_size)
        return tf.cond(is_annotated_as_stored, lambda: without_orientation(contents), lambda: contents)

    return tf.cond(tf.io.is_jpeg(contents), jpeg, lambda: contents)


def coco_sources(root):
    """Returns the sources of training and evaluation of a folder laid out as COCO's, or with plain names.

    Trained on are the images that have an annotation, evaluated is on all.

    Args:
        root: String or `os.PathLike`, a folder with `annotations/instances_train2017.json`, `train2017/` and the same
            of `val2017`, or with `annotations/train.json`, `train/`, `annotations/val.json` and `val/`.

    Returns:
        Tuple of two `CocoSource`.
    """
    root = Path(root)
    year = "2017" if (root / "annotations" / "instances_train2017.json").is_file() else ""
    prefix = "instances_" if year else ""
    return tuple(
        CocoSource(root / "annotations" / f"{prefix}{split}{year}.json", root / f"{split}{year}", keep_empty)
        for split, keep_empty in (("train", False), ("val", True))
    )
