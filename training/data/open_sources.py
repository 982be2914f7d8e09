"""From a name or a folder to the sources of training and evaluation."""

from pathlib import Path

from training.data.digits import digits_sources
from training.data.folder import folder_sources
from training.data.tfds_source import TFDSSource

EVALUATION_SPLITS = ("validation", "test")


def open_sources(data, data_dir=None):
    """Returns the sources of training and evaluation.

    Args:
        data: String: `"digits"`, a folder with `train/<class>/` and `val/<class>/`, or the name of a data set of
            TensorFlow Datasets, such as `"imagenet2012"`, of which the evaluation split is `validation`, or else
            `test`.
        data_dir: String, the folder where TensorFlow Datasets has its data sets, or `None` for its own choice. Defaults
            to `None`.

    Returns:
        Tuple of two `Source`.

    Raises:
        ValueError, FileNotFoundError: If there is no such data set or folder, or it is not prepared.
    """
    if data == "digits":
        return digits_sources()
    if Path(data).is_dir():
        return folder_sources(data)
    train = TFDSSource(_prepared_builder(data, data_dir), "train")
    split = next((split for split in EVALUATION_SPLITS if split in train.builder.info.splits), None)
    if split is None:
        raise ValueError(
            f"A data set must have a split {' or '.join(EVALUATION_SPLITS)}. "
            f"Received: {data!r} with {sorted(train.builder.info.splits)}"
        )
    return train, TFDSSource(train.builder, split)


def _prepared_builder(name, data_dir):
    import tensorflow_datasets as tfds

    try:
        return tfds.builder(name, data_dir=data_dir)
    except tfds.core.registered.DatasetNotFoundError as error:
        raise ValueError(
            "`data` must be 'digits', a folder, or a data set of TensorFlow Datasets. "
            f"Received: data={name!r}, which is neither a folder here nor a data set"
        ) from error
