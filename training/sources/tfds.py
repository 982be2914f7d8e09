"""Reads data sets of TensorFlow Datasets: the base class of all tasks, and classification."""

import numpy as np

from keras_mobilevitv3.array_types import FilePath
from training.sources.source import NumberedSamples, UnreadableSampleError


class TFDSReader(NumberedSamples):
    """Base class of sources that read a split of a data set of TensorFlow Datasets.

    The data set must be prepared for random access. An image is decoded when it is read. Reading needs no TensorFlow.

    Args:
        name: String, name of the data set, or a `tfds.core.DatasetBuilder`.
        split: String, such as `"train"`, `"validation"` or `"train[:10%]"`.
        features: Dict from the names of required features to the names of their classes in `tfds.features`.
        data_dir: String or `os.PathLike`, the folder of TensorFlow Datasets, or `None` for the default folder of
            TensorFlow Datasets. Defaults to `None`.

    Raises:
        ImportError: If TensorFlow Datasets is not installed.
        FileNotFoundError: If the data set is not prepared, or not for random access.
        ValueError: If the data set lacks a feature or the split.
    """

    ENCODED = ("image",)  # features that TensorFlow Datasets does not decode

    def __init__(self, name, split: str, features: dict[str, str], data_dir: FilePath | None = None):
        tfds = _import_tfds()
        self.builder = tfds.builder(name, data_dir=data_dir) if isinstance(name, str) else name
        self.split = split
        self._records = None
        self._check_features(tfds, features)
        info = self.builder.info
        if not info.splits:
            raise FileNotFoundError(
                f"The data set {info.full_name!r} must be prepared first, with {self._command()}. "
                f"Received: nothing at {str(self.builder.data_path)!r}"
            )
        try:
            self.count = info.splits[split].num_examples
        except (KeyError, ValueError) as error:
            raise ValueError(
                f"`split` must be one of {sorted(info.splits)}, or a part of one. Received: {split!r}"
            ) from error
        self._open()

    def _check_features(self, tfds, wanted):
        features = self.builder.info.features
        for key, kind in wanted.items():
            if key not in features or not isinstance(features[key], getattr(tfds.features, kind)):
                raise ValueError(
                    f"The data set must have a feature `{key}`, a `tfds.features.{kind}`. "
                    f"Received: {self.builder.info.full_name!r} with {features}"
                )

    def _command(self):
        return f"`tfds build {self.builder.name} --file_format=array_record`"

    def _open(self):
        tfds = _import_tfds()
        decoders = {key: tfds.decode.SkipDecoding() for key in self.ENCODED}
        try:
            self._records = self.builder.as_data_source(self.split, decoders=decoders)
        except NotImplementedError as error:
            raise FileNotFoundError(
                f"The data set {self.builder.info.full_name!r} must be prepared for random access, with "
                f"{self._command()}. Received: files at {str(self.builder.data_path)!r} of another format"
            ) from error

    def __getstate__(self):
        return {**self.__dict__, "_records": None}  # open files cannot be pickled

    def __len__(self):
        return self.count

    def name(self, reference: int) -> str:
        """See `Source.name`."""
        return f"{self.builder.name} {self.split} {reference}"

    def record(self, reference: int) -> dict:
        """Returns the features of a sample. Images are the contents of their files."""
        if self._records is None:
            self._open()
        return self._records[int(reference)]

    def decode(self, contents: bytes, reference: int) -> np.ndarray:
        """Decodes an image, see `Source.load`."""
        from keras_mobilevitv3.preprocessing.picture_reading import decode_image

        try:
            return decode_image(contents)
        except (OSError, ValueError) as error:
            raise UnreadableSampleError(f"{self.name(reference)!r} cannot be read: {error}") from error


class TFDSSource(TFDSReader):
    """A split of an image classification data set of TensorFlow Datasets. A `Source`.

    Args:
        name: String, a data set with the features `image` and `label`, such as `"imagenet2012"` or
            `"imagenette/full-size-v2"`, or a `tfds.core.DatasetBuilder`.
        split, data_dir: See `TFDSReader`.
    """

    def __init__(self, name, split: str, data_dir: FilePath | None = None):
        super().__init__(name, split, {"image": "Image", "label": "ClassLabel"}, data_dir)
        self.class_names = tuple(self.builder.info.features["label"].names)

    def load(self, reference: int) -> tuple[np.ndarray, int]:
        """See `Source.load`."""
        record = self.record(reference)
        return self.decode(record["image"], reference), int(record["label"])


def _import_tfds():
    try:
        import tensorflow_datasets as tfds
    except ImportError as error:
        raise ImportError(
            "Data sets by name need TensorFlow Datasets. Install it with `pip install keras-mobilevitv3[tfds]`, or "
            "pass a folder of images."
        ) from error
    return tfds
