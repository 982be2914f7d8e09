"""Names of the classes of a model of any number of classes."""

from pathlib import Path

from keras_mobilevitv3.datasets import numbered_classes


def read_class_names(path, count):
    """The lines of a text file, one for each of `count` classes."""
    names = Path(path).read_text(encoding="utf-8").splitlines()
    if len(names) != count:
        raise ValueError(f"{path} must have one line for each of the {count} classes. Received: {len(names)} lines")
    return names


def find_class_names(path, count, published):
    """Names by the file, if there is one; by the published data set of so many classes; or else by number.

    Args:
        path: String, of a text file, or `None`.
        count: Integer, number of classes.
        published: Dict of data sets by number of classes.
    """
    if path is not None:
        return read_class_names(path, count)
    if count not in published:
        return numbered_classes(count)
    from keras_mobilevitv3.preprocessing import class_names

    return class_names(published[count])
