"""Images with masks or boxes in memory."""

import numpy as np
import tensorflow as tf

from training.augment import VOID
from training.data.epoch_plan import epoch_order


class ArraySegmentationSource:
    """Images and masks in arrays.

    Args:
        images: Uint8 array of shape `(count, height, width, 3)`, RGB, 0-255.
        masks: Uint8 array of shape `(count, height, width)`: labels from 0, and 255 where there is none.
        class_names: Sequence of strings.
    """

    def __init__(self, images, masks, class_names):
        self.images = tf.constant(_check_images(images))
        masks = np.asarray(masks)
        if masks.dtype != np.uint8 or masks.shape != images.shape[:3]:
            raise ValueError(
                f"`masks` must be a uint8 array of shape {images.shape[:3]}. "
                f"Received: {masks.dtype} of shape {masks.shape}"
            )
        labels = np.flatnonzero(np.bincount(masks.ravel(), minlength=256)[:VOID])
        if len(labels) and labels[-1] >= len(class_names):
            raise ValueError(
                f"`masks` must have labels in [0, {len(class_names)}), the number of `class_names`, or {VOID}. "
                f"Received: a label {labels[-1]}"
            )
        self.masks = tf.constant(masks)
        self.class_names = tuple(class_names)

    def __len__(self):
        return len(self.images)

    def references(self, seed=None, epoch=0):
        return _references(len(self), seed, epoch)

    def load(self, reference):
        return tf.gather(self.images, reference["image_id"]), tf.gather(self.masks, reference["image_id"])


class ArrayDetectionSource:
    """Images in an array, with their boxes.

    Args:
        images: Uint8 array of shape `(count, height, width, 3)`, RGB, 0-255.
        boxes: Sequence of float arrays of shape `(boxes, 4)`, xyxy in pixels, one for each image.
        labels: Sequence of integer arrays of shape `(boxes,)`, from 0.
        class_names: Sequence of strings.
        areas: Sequence of arrays of shape `(boxes,)`, pixels of each object, by which COCO calls them small, medium or
            large, or `None` for the areas of the boxes. Defaults to `None`.
    """

    def __init__(self, images, boxes, labels, class_names, areas=None):
        self.images = tf.constant(_check_images(images))
        self.boxes = [np.asarray(each, "float32").reshape(-1, 4) for each in boxes]
        self.labels = [np.asarray(each, "int32").reshape(-1) for each in labels]
        if [len(each) for each in self.boxes] != [len(each) for each in self.labels] or len(boxes) != len(images):
            raise ValueError(
                f"`boxes` and `labels` must be {len(images)} sequences of the same lengths, one for each image. "
                f"Received: {len(boxes)} of boxes and {len(labels)} of labels"
            )
        _check_boxes(np.concatenate(self.boxes), np.concatenate(self.labels), len(class_names))
        self.areas = [np.prod(each[:, 2:] - each[:, :2], axis=1) for each in self.boxes] if areas is None else areas
        self.class_names = tuple(class_names)
        self.category_ids = tuple(range(1, len(class_names) + 1))
        self._ragged_boxes = tf.RaggedTensor.from_row_lengths(
            np.concatenate(self.boxes), [len(each) for each in self.boxes]
        )
        self._ragged_labels = self._ragged_boxes.with_flat_values(np.concatenate(self.labels))

    def __len__(self):
        return len(self.images)

    def references(self, seed=None, epoch=0):
        return _references(len(self), seed, epoch)

    def load(self, reference):
        image = reference["image_id"]
        return tf.gather(self.images, image), self._ragged_boxes[image], self._ragged_labels[image]

    def to_coco(self):
        height, width = self.images.shape[1:3]
        images = [
            {"id": number, "file_name": str(number), "height": height, "width": width} for number in range(len(self))
        ]
        annotations = [
            {"image_id": number, "category_id": self.category_ids[label], "area": float(area), "iscrowd": 0}
            | {"bbox": [float(box[0]), float(box[1]), float(box[2] - box[0]), float(box[3] - box[1])]}
            for number in range(len(self))
            for box, label, area in zip(self.boxes[number], self.labels[number], self.areas[number])
        ]
        annotations = [{"id": number, **each} for number, each in enumerate(annotations, start=1)]
        categories = [{"id": number, "name": name} for number, name in zip(self.category_ids, self.class_names)]
        return {"images": images, "annotations": annotations, "categories": categories}


def _references(count, seed, epoch):
    order = np.arange(count) if seed is None else epoch_order(count, seed, epoch)
    return tf.data.Dataset.from_tensor_slices({"name": tf.constant(order.astype("str")), "image_id": order})


def _check_images(images):
    images = np.asarray(images)
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] != 3:
        raise ValueError(
            "`images` must be a uint8 array of shape (count, height, width, 3). "
            f"Received: {images.dtype} of shape {images.shape}"
        )
    return images


def _check_boxes(boxes, labels, classes):
    if not np.isfinite(boxes).all() or np.any(boxes[:, 2:] <= boxes[:, :2]):
        raise ValueError("`boxes` must be finite, xyxy, of positive width and height.")
    if len(labels) and not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError(
            f"`labels` must be in [0, {classes}), the number of `class_names`. "
            f"Received: labels from {labels.min()} to {labels.max()}"
        )
