"""Names for the classes of a model, from a file, from a published data set, or by number."""

from pathlib import Path

from keras_mobilevitv3.datasets import dataset_of, numbered_classes


def read_class_names(path: str, count: int) -> list[str]:
    """The lines of a text file, one for each of `count` classes."""
    names = Path(path).read_text(encoding="utf-8").splitlines()
    if len(names) != count:
        raise ValueError(f"{path} must have one line for each of the {count} classes. Received: {len(names)} lines")
    return names


def find_class_names(path: str | None, count: int, task: str) -> list[str]:
    """Finds the names: in the file if there is one, in the published data set with so many classes, or by number.

    Args:
        path: String, path of a text file, or `None`.
        count: Integer, number of classes.
        task: String, the task of the model.
    """
    if path is not None:
        return read_class_names(path, count)
    dataset = dataset_of(task, count)
    return list(dataset.class_names) if dataset and dataset.class_names else numbered_classes(count)
