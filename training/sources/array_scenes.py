"""Sources of images with masks or boxes in memory."""

from collections.abc import Sequence

import numpy as np

from training.augment import VOID
from training.sources.array_source import check_images, check_labels
from training.sources.ground_truth import AnnotatedImage, coco_ground_truth
from training.sources.source import NumberedSamples


class ArraySegmentationSource(NumberedSamples):
    """Images and masks in arrays. A `SegmentationSource`.

    Args:
        images: Uint8 array of shape `(count, height, width, 3)`, RGB, 0-255.
        masks: Uint8 array of shape `(count, height, width)`, labels from 0, and 255 for pixels without a label.
        class_names: Sequence of strings.

    Raises:
        ValueError: If the arrays do not have these types, shapes and values.
    """

    def __init__(self, images: np.ndarray, masks: np.ndarray, class_names: Sequence[str]):
        self.images, self.masks = check_images(images), np.asarray(masks)
        if self.masks.dtype != np.uint8 or self.masks.shape != self.images.shape[:3]:
            raise ValueError(
                f"`masks` must be a uint8 array of shape {self.images.shape[:3]}. "
                f"Received: {self.masks.dtype} of shape {self.masks.shape}"
            )
        labels = np.flatnonzero(np.bincount(self.masks.ravel(), minlength=256)[:VOID])
        if len(labels) and labels[-1] >= len(class_names):
            raise ValueError(
                f"`masks` must have labels in [0, {len(class_names)}), the number of `class_names`, or {VOID}. "
                f"Received: a label {labels[-1]}"
            )
        self.class_names = tuple(class_names)

    def __len__(self):
        return len(self.images)

    def load(self, reference: int) -> tuple[np.ndarray, np.ndarray]:
        """See `SegmentationSource.load`."""
        return self.images[reference], self.masks[reference]


class ArrayDetectionSource(NumberedSamples):
    """Images in an array and their boxes. A `DetectionSource`.

    Args:
        images: Uint8 array of shape `(count, height, width, 3)`, RGB, 0-255.
        boxes: Sequence of float arrays of shape `(boxes, 4)`, xyxy in pixels, one for each image.
        labels: Sequence of integer arrays of shape `(boxes,)`, from 0.
        class_names: Sequence of strings.
        areas: Sequence of arrays of shape `(boxes,)`, number of pixels of each object, see `AnnotatedImage`, or `None`
            for the areas of the boxes. Defaults to `None`.

    Raises:
        ValueError: If the arrays do not have these types, shapes and values.
    """

    def __init__(
        self,
        images: np.ndarray,
        boxes: Sequence,
        labels: Sequence,
        class_names: Sequence[str],
        areas: Sequence | None = None,
    ):
        self.images = check_images(images)
        self.boxes = [np.asarray(each, "float32").reshape(-1, 4) for each in boxes]
        self.labels = [np.asarray(each, "int32").reshape(-1) for each in labels]
        if [len(each) for each in self.boxes] != [len(each) for each in self.labels] or len(boxes) != len(images):
            raise ValueError(
                f"`boxes` and `labels` must be {len(images)} sequences of the same lengths, one for each image. "
                f"Received: {len(boxes)} of boxes and {len(labels)} of labels"
            )
        all_boxes = np.concatenate(self.boxes)
        if not np.isfinite(all_boxes).all() or np.any(all_boxes[:, 2:] <= all_boxes[:, :2]):
            raise ValueError("`boxes` must be finite, xyxy, of positive width and height.")
        check_labels(np.concatenate(self.labels), len(class_names))
        self.areas = [np.prod(each[:, 2:] - each[:, :2], axis=1) for each in self.boxes] if areas is None else areas
        self.class_names = tuple(class_names)
        self.category_ids = tuple(range(1, len(class_names) + 1))

    def __len__(self):
        return len(self.images)

    def image_id(self, reference: int) -> int:
        """See `DetectionSource.image_id`."""
        return int(reference)

    def load(self, reference: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See `DetectionSource.load`."""
        return self.images[reference], self.boxes[reference], self.labels[reference]

    def to_coco(self) -> dict:
        """See `DetectionSource.to_coco`."""
        height, width = self.images.shape[1:3]
        annotated = (
            AnnotatedImage(number, str(number), height, width, boxes, labels, areas, np.zeros(len(labels), bool))
            for number, (boxes, labels, areas) in enumerate(zip(self.boxes, self.labels, self.areas))
        )
        return coco_ground_truth(annotated, self.class_names, self.category_ids)
