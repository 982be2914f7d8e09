"""Image classification data sets of TensorFlow Datasets."""

from training.data.tfds_reader import SHUFFLED_TOGETHER, TFDSReader


class TFDSSource(TFDSReader):
    """A split of an image classification data set of TensorFlow Datasets, prepared beforehand; see `TFDSReader`.

    Args:
        name: String, a data set with the features `image` and `label`, such as `"imagenet2012"` or
            `"imagenette/full-size-v2"`, or a `tfds.core.DatasetBuilder`.
        split: String, such as `"train"`, `"validation"` or `"train[:10%]"`.
        data_dir: String or `os.PathLike`, the folder where data sets are, or `None` for that of TensorFlow Datasets.
            Defaults to `None`.
        shuffled_together: Integer, images put in a random order together. Defaults to `2048`.

    Attributes:
        class_names: Tuple of strings.
    """

    def __init__(self, name, split, data_dir=None, shuffled_together=SHUFFLED_TOGETHER):
        super().__init__(name, split, {"image": "Image", "label": "ClassLabel"}, data_dir, shuffled_together)
        self.class_names = tuple(self.builder.info.features["label"].names)

    def references(self, seed=None, epoch=0):
        def to_reference(sample):
            return {"name": sample["tfds_id"], "label": sample["label"], "image": sample["image"]}

        return self.records({"image": True, "label": True}, ["image"], to_reference, seed, epoch)

    def load(self, reference):
        return reference["image"]
