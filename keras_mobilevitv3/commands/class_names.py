"""Names for the classes of a model, from a file, from a published data set, or by number."""

from collections.abc import Sequence
from pathlib import Path

from keras_mobilevitv3.datasets import DATASETS, numbered_classes
from keras_mobilevitv3.datasets.dataset import Dataset


def published_with_classes(task: str, count: int) -> Dataset | None:
    """The data set of a task with published weights and so many classes, or `None`."""
    published = (each for each in DATASETS.values() if each.head is not None and each.task == task)
    return next((each for each in published if each.classes == count), None)


def read_class_names(path: str, count: int) -> list[str]:
    """The lines of a text file, one for each of `count` classes."""
    names = Path(path).read_text(encoding="utf-8").splitlines()
    if len(names) != count:
        raise ValueError(f"{path} must have one line for each of the {count} classes. Received: {len(names)} lines")
    return names


def find_class_names(path: str | None, count: int, task: str) -> Sequence[str] | None:
    """Finds the names: from the file if there is one, from the published data set of so many classes, or by number.

    Args:
        path: String, path of a text file, or `None`.
        count: Integer, number of classes.
        task: String, the task of the model.

    Returns:
        Sequence of strings, or `None` for a data set whose names Keras downloads.
    """
    if path is not None:
        return read_class_names(path, count)
    dataset = published_with_classes(task, count)
    return numbered_classes(count) if dataset is None else dataset.class_names
