"""Finds the names of the classes of a model."""

from pathlib import Path

from keras_mobilevitv3.datasets import dataset_of, numbered_classes


def read_class_names(path: str, count: int) -> list[str]:
    """Reads class names from a text file. Raises `ValueError` unless the file has `count` lines."""
    names = Path(path).read_text(encoding="utf-8").splitlines()
    if len(names) != count:
        raise ValueError(f"{path} must have one line for each of the {count} classes. Received: {len(names)} lines")
    return names


def find_class_names(path: str | None, count: int, task: str) -> list[str]:
    """Returns class names from a file, from the published data set with `count` classes, or by number.

    Args:
        path: String, path of a text file with one name per line, or `None` for a published data set or numbers.
        count: Integer, number of classes.
        task: String, task of the model.
    """
    if path is not None:
        return read_class_names(path, count)
    dataset = dataset_of(task, count)
    return list(dataset.class_names) if dataset and dataset.class_names else numbered_classes(count)
