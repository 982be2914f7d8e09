"""Segmentation and detection data sets of TensorFlow Datasets."""

import tensorflow as tf

from training.data.decode import decode
from training.data.decode_mask import decode_mask
from training.data.mask_files import check_class_count, labels_of
from training.data.tfds_reader import SHUFFLED_TOGETHER, TFDSReader

# Objects with these flags are not learnt, and not counted by COCO's evaluation.
CROWD_FLAGS = ("is_crowd", "is_difficult")


class TFDSSegmentationSource(TFDSReader):
    """A split of a segmentation data set of TensorFlow Datasets, prepared beforehand; see `TFDSReader`.

    The masks of `scene_parse150` are those of ADE20K's instances: its red channel has 100 categories from 1, not the
    150 classes of scene parsing, for which `training.data.ade20k` reads the folders of the challenge.

    Args:
        name: String, a data set with the features `image` and `annotation`, such as `"scene_parse150"`, or a
            `tfds.core.DatasetBuilder`.
        split: String, such as `"train"` or `"test"`.
        class_names: Sequence of strings, in the order of the labels.
        data_dir, shuffled_together: See `TFDSReader`.
        zero_is_void: Boolean, see `MaskFileSource`. Defaults to `True`.
        red: Boolean, whether the labels are the red channel of coloured masks, see `decode_mask`. Defaults to `True`.
    """

    def __init__(
        self,
        name,
        split,
        class_names,
        data_dir=None,
        shuffled_together=SHUFFLED_TOGETHER,
        zero_is_void=True,
        red=True,
    ):
        super().__init__(name, split, {"image": "Image", "annotation": "Image"}, data_dir, shuffled_together)
        check_class_count(class_names)
        self.class_names = tuple(class_names)
        self.zero_is_void = zero_is_void
        self.red = red

    def references(self, seed=None, epoch=0):
        def to_reference(sample):
            return {"name": sample["tfds_id"], "image": sample["image"], "mask": sample["annotation"]}

        features = {"image": True, "annotation": True}
        return self.records(features, ["image", "annotation"], to_reference, seed, epoch)

    def load(self, reference):
        mask = decode_mask(reference["mask"], self.red)
        return reference["image"], labels_of(mask, len(self.class_names), self.zero_is_void)


class TFDSDetectionSource(TFDSReader):
    """A split of a detection data set of TensorFlow Datasets, prepared beforehand; see `TFDSReader`.

    Objects that are crowds (COCO) or difficult (PASCAL VOC) and those without an area are not learnt; the former are in
    the ground truth as crowds, which COCO's evaluation does not count. The number of an image is its `image/id`, or
    else the digits of `image/filename`, as `2007000027` for `2007_000027.jpg`.

    Args:
        name: String, a data set with the features `image` and `objects`, these with `bbox` and `label`, such as
            `"coco/2017"` or `"voc/2012"`, or a `tfds.core.DatasetBuilder`.
        split: String, such as `"train"` or `"validation"`.
        data_dir, shuffled_together: See `TFDSReader`.

    Attributes:
        class_names: Tuple of strings.
        category_ids: Tuple of integers, the labels from 1.
    """

    def __init__(self, name, split, data_dir=None, shuffled_together=SHUFFLED_TOGETHER):
        super().__init__(name, split, {"image": "Image", "objects": "Sequence"}, data_dir, shuffled_together)
        features = self.builder.info.features
        self.id_feature = next((key for key in ("image/id", "image/filename") if key in features), None)
        objects = features["objects"].feature
        if self.id_feature is None or not {"bbox", "label"} <= set(objects):
            raise ValueError(
                "The data set must have features `image/id` or `image/filename`, and `bbox` and `label` in `objects`. "
                f"Received: {self.builder.info.full_name!r} with {features}"
            )
        self.crowd_flags = [flag for flag in CROWD_FLAGS if flag in objects]
        self.has_area = "area" in objects
        self.class_names = tuple(objects["label"].names)
        self.category_ids = tuple(range(1, len(self.class_names) + 1))

    def references(self, seed=None, epoch=0):
        objects = dict.fromkeys(["bbox", "label", *self.crowd_flags, *(["area"] if self.has_area else [])], True)
        features = {"image": True, self.id_feature: True, "objects": objects}
        return self.records(features, ["image"], self._to_reference, seed, epoch)

    def _to_reference(self, sample):
        objects = sample["objects"]
        crowd = tf.zeros_like(objects["label"], tf.bool)
        for flag in self.crowd_flags:
            crowd |= objects[flag]
        return {
            "name": sample["tfds_id"],
            "image": sample["image"],
            "image_id": self._number(sample[self.id_feature]),
            # As strings, which have the same shape whatever the number of objects.
            "boxes": tf.io.serialize_tensor(objects["bbox"]),
            "labels": tf.io.serialize_tensor(objects["label"]),
            "crowd": tf.io.serialize_tensor(crowd),
            **({"areas": tf.io.serialize_tensor(objects["area"])} if self.has_area else {}),
        }

    def _number(self, identifier):
        if identifier.dtype == tf.string:
            stem = tf.strings.regex_replace(identifier, r"\.[^.]*$", "")
            return tf.strings.to_number(tf.strings.regex_replace(stem, r"\D", ""), tf.int64)
        return tf.cast(identifier, tf.int64)

    def load(self, reference):
        image = decode(reference["image"])
        boxes, labels, crowd = self._objects(reference, tf.shape(image))
        kept = ~crowd & tf.reduce_all(boxes[:, 2:] > boxes[:, :2], axis=1)
        return image, tf.boolean_mask(boxes, kept), tf.boolean_mask(labels, kept)

    def _objects(self, reference, shape):
        """All boxes in pixels, labels, and whether each is a crowd."""
        boxes = tf.ensure_shape(tf.io.parse_tensor(reference["boxes"], tf.float32), [None, 4])
        labels = tf.ensure_shape(tf.io.parse_tensor(reference["labels"], tf.int64), [None])
        crowd = tf.ensure_shape(tf.io.parse_tensor(reference["crowd"], tf.bool), [None])
        boxes = tf.gather(boxes, [1, 0, 3, 2], axis=1)  # from yxyx
        height, width = tf.unstack(tf.cast(shape[:2], tf.float32))
        return boxes * tf.stack([width, height, width, height]), tf.cast(labels, tf.int32), crowd

    def to_coco(self):
        images, annotations = [], []
        for reference in self.references():
            height, width = decode(reference["image"]).shape[:2]
            boxes, labels, crowd = (part.numpy() for part in self._objects(reference, (height, width)))
            areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
            if self.has_area:
                areas = tf.io.parse_tensor(reference["areas"], tf.int64).numpy()
            number = int(reference["image_id"])
            images.append({"id": number, "height": height, "width": width})
            for box, label, area, ignored in zip(boxes.tolist(), labels, areas, crowd):
                left, top, right, bottom = box
                annotations.append(
                    {"id": len(annotations) + 1, "image_id": number, "category_id": self.category_ids[label]}
                    | {"bbox": [left, top, right - left, bottom - top], "area": float(area), "iscrowd": int(ignored)}
                )
        categories = [{"id": number, "name": name} for number, name in zip(self.category_ids, self.class_names)]
        return {"images": images, "annotations": annotations, "categories": categories}
