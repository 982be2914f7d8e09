"""Reads segmentation and detection data sets of TensorFlow Datasets."""

import io
import re
from collections.abc import Sequence

import numpy as np

from keras_mobilevitv3.array_types import FilePath
from training.sources.ground_truth import AnnotatedImage, coco_ground_truth
from training.sources.mask_decoding import decode_mask
from training.sources.mask_files import check_class_count
from training.sources.tfds import TFDSReader

# Objects with these flags are not used for training, and COCO's evaluation does not count them.
CROWD_FLAGS = ("is_crowd", "is_difficult")


class TFDSSegmentationSource(TFDSReader):
    """A split of a segmentation data set of TensorFlow Datasets. A `SegmentationSource`.

    The masks of `scene_parse150` are those of ADE20K's instances. Their red channel has 100 categories from 1, not the
    150 classes of scene parsing. `training.sources.ade20k` reads the 150 classes from the folders of the challenge.

    Args:
        name: String, a data set with the features `image` and `annotation`, such as `"scene_parse150"`, or a
            `tfds.core.DatasetBuilder`.
        split, data_dir: See `TFDSReader`.
        class_names: Sequence of strings, in the order of the labels.
        zero_is_void, red: See `decode_mask`. Default to `True`.
    """

    ENCODED = ("image", "annotation")

    def __init__(
        self,
        name,
        split: str,
        class_names: Sequence[str],
        data_dir: FilePath | None = None,
        zero_is_void: bool = True,
        red: bool = True,
    ):
        super().__init__(name, split, {"image": "Image", "annotation": "Image"}, data_dir)
        check_class_count(class_names)
        self.class_names = tuple(class_names)
        self.zero_is_void, self.red = zero_is_void, red

    def load(self, reference: int) -> tuple[np.ndarray, np.ndarray]:
        """See `SegmentationSource.load`."""
        record = self.record(reference)
        mask = io.BytesIO(record["annotation"])
        how = {"zero_is_void": self.zero_is_void, "red": self.red}
        return (
            self.decode(record["image"], reference),
            decode_mask(mask, self.name(reference), len(self.class_names), **how),
        )


class TFDSDetectionSource(TFDSReader):
    """A split of a detection data set of TensorFlow Datasets. A `DetectionSource`.

    Crowds (COCO), difficult objects (PASCAL VOC) and objects without an area are not used for training. Crowds and
    difficult objects are crowds in `to_coco()`. The id of an image is its `image/id`, or, without this feature, the
    digits of `image/filename`, such as `2007000027` for `2007_000027.jpg`.

    Args:
        name: String, a data set with the features `image` and `objects`, such as `"coco/2017"` or `"voc/2012"`, or a
            `tfds.core.DatasetBuilder`. The objects must have `bbox` and `label`.
        split, data_dir: See `TFDSReader`.
    """

    def __init__(self, name, split: str, data_dir: FilePath | None = None):
        super().__init__(name, split, {"image": "Image", "objects": "Sequence"}, data_dir)
        features = self.builder.info.features
        self.id_feature = next((key for key in ("image/id", "image/filename") if key in features), None)
        objects = features["objects"].feature
        if self.id_feature is None or not {"bbox", "label"} <= set(objects):
            raise ValueError(
                "The data set must have features `image/id` or `image/filename`, and `bbox` and `label` in `objects`. "
                f"Received: {self.builder.info.full_name!r} with {features}"
            )
        self.class_names = tuple(objects["label"].names)
        self.category_ids = tuple(range(1, len(self.class_names) + 1))

    def image_id(self, reference: int) -> int:
        """See `DetectionSource.image_id`."""
        return self._number(self.record(reference)[self.id_feature])

    def _number(self, identifier):
        if isinstance(identifier, bytes | str):
            name = identifier.decode() if isinstance(identifier, bytes) else identifier
            return int(re.sub(r"\D", "", name.rsplit(".", 1)[0]))
        return int(identifier)

    def load(self, reference: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """See `DetectionSource.load`."""
        record = self.record(reference)
        image = self.decode(record["image"], reference)
        boxes, labels, crowd = _objects(record, image.shape[:2])
        kept = ~crowd & np.all(boxes[:, 2:] > boxes[:, :2], axis=1)
        return image, boxes[kept], labels[kept]

    def to_coco(self) -> dict:
        """See `DetectionSource.to_coco`."""
        return coco_ground_truth(map(self._annotated, range(len(self))), self.class_names, self.category_ids)

    def _annotated(self, reference):
        record = self.record(reference)
        height, width = self.decode(record["image"], reference).shape[:2]
        boxes, labels, crowd = _objects(record, (height, width))
        areas = record["objects"].get("area", (boxes[:, 2:] - boxes[:, :2]).prod(axis=1))
        number = self._number(record[self.id_feature])
        return AnnotatedImage(number, self.name(reference), height, width, boxes, labels, areas, crowd)


def _objects(record, size):
    """Returns the boxes, xyxy in pixels, the labels, and whether each object is a crowd."""
    objects = record["objects"]
    labels = np.asarray(objects["label"], "int32").reshape(-1)
    boxes = np.asarray(objects["bbox"], "float32").reshape(-1, 4)[:, [1, 0, 3, 2]]  # from yxyx
    crowd = np.zeros(len(labels), bool)
    for flag in CROWD_FLAGS:
        crowd |= np.asarray(objects.get(flag, crowd), bool).reshape(-1)
    return boxes * np.tile(size[::-1], 2).astype("float32"), labels, crowd
