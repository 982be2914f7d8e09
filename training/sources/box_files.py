"""Files of images with boxes."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from keras_mobilevitv3.array_types import FilePath
from training.sources.ground_truth import AnnotatedImage, coco_ground_truth
from training.sources.orientation import stored_form, turn_back, upright_size
from training.sources.pictures import read_picture
from training.sources.source import NumberedSamples, UnreadableSampleError


class Objects(NamedTuple):
    """The objects in a picture.

    Attributes:
        boxes: List of boxes, xyxy in pixels of the picture.
        labels: List of integers, from 0.
        crowd: List of booleans, whether each box is a crowd. Crowds are not used for training, and COCO's evaluation
            does not count them.
        areas: List of floats, the number of pixels of each object, or an empty list for the areas of the boxes.
        size: Tuple of the height and width that the annotation file states, or `(0, 0)` if it states none.
    """

    boxes: list
    labels: list
    crowd: list
    areas: list | tuple = ()
    size: tuple[int, int] = (0, 0)


class BoxFileSource(NumberedSamples):
    """Files of images and their boxes. A `DetectionSource`.

    Boxes belong to images that are upright by their EXIF orientation, as viewers and annotation tools show images. But
    if an annotation file states the size of the stored pixels of a turned picture, the boxes belong to the stored
    pixels, and the image is not turned.

    Args:
        paths: Sequence of paths.
        objects: Sequence of `Objects`, one for each path.
        class_names: Sequence of strings, in the order of the labels.
        category_ids: Sequence of integers, in the order of the labels, or `None` for 1, 2, 3, ... Defaults to `None`.
        image_ids: Sequence of integers, or `None` for 0, 1, 2, ... Defaults to `None`.
        normalized: Boolean, whether boxes are fractions of the width and height of the image. Defaults to `False`.
    """

    def __init__(
        self,
        paths: Sequence[FilePath],
        objects: Sequence[Objects],
        class_names: Sequence[str],
        category_ids: Sequence[int] | None = None,
        image_ids: Sequence[int] | None = None,
        normalized: bool = False,
    ):
        self.paths = [str(path) for path in paths]
        self.class_names = tuple(class_names)
        self.category_ids = tuple(range(1, len(class_names) + 1) if category_ids is None else category_ids)
        self.image_ids = np.arange(len(paths)) if image_ids is None else np.array(image_ids, "int64")
        self.normalized = normalized
        # Flat arrays are sent to other processes in little time.
        self.ends = np.cumsum([len(each.labels) for each in objects], dtype="int64")
        self.boxes = np.array([box for each in objects for box in each.boxes], "float64").reshape(-1, 4)
        self.labels = np.array([label for each in objects for label in each.labels], "int32")
        self.crowd = np.array([crowd for each in objects for crowd in each.crowd], bool)
        self.areas = np.array([area for each in objects for area in (each.areas or [np.nan] * len(each.labels))])
        self.sizes = np.array([each.size for each in objects], "int32").reshape(-1, 2)

    def __len__(self):
        return len(self.paths)

    def name(self, reference: int) -> str:
        """See `Source.name`."""
        return self.paths[reference]

    def image_id(self, reference: int) -> int:
        """See `DetectionSource.image_id`."""
        return int(self.image_ids[reference])

    def objects(self, reference: int) -> Objects:
        """Returns the `Objects` of a sample, crowds included."""
        rows = slice(self.ends[reference - 1] if reference else 0, self.ends[reference])
        parts = (part[rows].tolist() for part in (self.boxes, self.labels, self.crowd, self.areas))
        return Objects(*parts, size=tuple(self.sizes[reference].tolist()))

    def select(self, numbers: np.ndarray) -> "BoxFileSource":
        """Returns a source of the samples with these numbers."""
        return BoxFileSource(
            [self.paths[number] for number in numbers],
            [self.objects(number) for number in numbers],
            self.class_names,
            self.category_ids,
            self.image_ids[numbers],
            self.normalized,
        )

    def with_objects(self) -> "BoxFileSource":
        """Returns a source of the samples that have at least one object."""
        return self.select(np.flatnonzero(np.diff(self.ends, prepend=0)))

    def load(self, reference: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See `DetectionSource.load`."""
        path, objects = self.paths[reference], self.objects(reference)
        image = _as_annotated(read_picture(path), path, objects.size)
        learnt = ~np.array(objects.crowd, bool)
        boxes = self._in_pixels(objects.boxes, image.shape[:2])[learnt].astype("float32")
        lost = np.any((boxes[:, 2:] <= 0) | (boxes[:, :2] >= image.shape[1::-1]), axis=1)
        if lost.any():
            raise UnreadableSampleError(
                f"Boxes must lie in their image, at least in part. Received: {path!r} of {image.shape[1]}x"
                f"{image.shape[0]} pixels with the box {boxes[lost][0].tolist()}"
            )
        return image, boxes, np.array(objects.labels, "int32")[learnt]

    def to_coco(self) -> dict:
        """See `DetectionSource.to_coco`. An image of unknown size that cannot be read is left out."""
        annotated = filter(None, map(self._annotated, range(len(self))))
        return coco_ground_truth(annotated, self.class_names, self.category_ids)

    def _annotated(self, reference):
        """Returns the `AnnotatedImage` of a sample, or `None` if its size is unknown and cannot be read."""
        path, objects = self.paths[reference], self.objects(reference)
        try:
            height, width = objects.size if all(objects.size) else upright_size(path)
        except OSError:
            return None
        boxes = self._in_pixels(objects.boxes, (height, width))
        areas = np.where(np.isnan(objects.areas), (boxes[:, 2:] - boxes[:, :2]).prod(axis=1), objects.areas)
        return AnnotatedImage(
            self.image_id(reference), path, height, width, boxes, objects.labels, areas, objects.crowd
        )

    def _in_pixels(self, boxes, size):
        boxes = np.array(boxes, "float64").reshape(-1, 4)
        return boxes * np.tile(size[::-1], 2) if self.normalized else boxes


def _as_annotated(image, path, stated_size):
    """Returns the picture as it was annotated: with the stored pixels if the annotations state their size."""
    if not all(stated_size) or image.shape[:2] == stated_size:
        return image
    height, width, orientation = stored_form(path)
    if orientation >= 5 and (height, width) == stated_size:
        return turn_back(image, orientation)
    raise UnreadableSampleError(
        f"An image must have the size that its annotations state. Received: {path!r} of {image.shape[1]}x"
        f"{image.shape[0]} pixels, stated as {stated_size[1]}x{stated_size[0]}"
    )
