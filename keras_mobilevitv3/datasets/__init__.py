"""The published data sets, one per file. The files contain only data, and import neither Keras nor a backend."""

import sys

from keras_mobilevitv3.array_types import FilePath
from keras_mobilevitv3.checks import check_choice
from keras_mobilevitv3.datasets.dataset import Dataset
from keras_mobilevitv3.records import find_records

DATASETS = find_records(sys.modules[__name__], "DATASET", Dataset)


def class_names(dataset: str) -> tuple[str, ...]:
    """Returns the class names of a data set, in the order of its labels.

    Args:
        dataset: String, name of a data set, such as `"ade20k"` (150 classes of pixels), `"coco"` (80 classes of
            objects), `"digits"` (handwritten digits of scikit-learn), or `"pascal_voc"` (21 classes of pixels, the
            background first).

    Returns:
        Tuple of strings.

    Raises:
        ValueError: If the data set is unknown, or this package does not contain the class names.
    """
    check_choice("dataset", dataset, [name for name, each in DATASETS.items() if each.class_names is not None])
    return DATASETS[dataset].class_names


def numbered_classes(count: int) -> list[str]:
    """Returns names for classes without names: `"class 0"`, `"class 1"`, ..."""
    return [f"class {index}" for index in range(count)]


def datasets_with_weights(head: str) -> dict[str, Dataset]:
    """Returns the data sets with published weights for a head, by name.

    Args:
        head: String, `"classifier"`, `"deeplabv3"`, `"pspnet"` or `"ssdlite"`.
    """
    return {name: dataset for name, dataset in DATASETS.items() if dataset.head == head}


def published_dataset(weights: FilePath | None, head: str) -> Dataset | None:
    """Returns the data set that the `weights` argument of a builder names, or `None` for other values.

    Args:
        weights: `None`, the name of a data set, or a path.
        head: As in `datasets_with_weights`.
    """
    return datasets_with_weights(head).get(weights) if isinstance(weights, str) else None


def dataset_of(task: str, classes: int) -> Dataset | None:
    """Returns the data set of a task with `classes` classes and published weights, or `None`.

    Args:
        task: `"classification"`, `"segmentation"` or `"detection"`.
        classes: Integer, number of classes.
    """
    published = (each for each in DATASETS.values() if each.head is not None and each.task == task)
    return next((each for each in published if each.classes == classes), None)
