"""Reads data sets of pictures with their labels in tables (CSV or TSV files)."""

import logging
from pathlib import Path

import numpy as np

from keras_mobilevitv3.array_types import FilePath
from training.sources.file_names import find_files
from training.sources.label_table import read_table
from training.sources.labelled_files import LabelledFileSource
from training.sources.pictures import some
from training.sources.source import Source
from training.sources.splits import TRAIN_NAMES, VALIDATION_NAMES, VALIDATION_SPLIT, split_samples

logger = logging.getLogger(__name__)

WHOLE_NAMES = ("labels", "_classes", "annotations")
SEPARATORS = (";", "|", ",")  # between the labels in a cell


def label_table_sources(root: FilePath, validation_split: float = VALIDATION_SPLIT) -> tuple[Source, Source] | None:
    """Returns the sources of training and validation of a folder of pictures with tables of labels.

    A table has a column of files (`file`, `filename`, `image`, `path`, ...). It also has a column of labels (`label`,
    `labels`, `class`, ...), or a column of 0 and 1 for each class. A cell has one label, or several labels separated
    by `;`, `|` or `,`. The tables are

    - `train.csv` and `val.csv` in the folder;
    - `labels.csv` or `_classes.csv` in the folders `train` and `val`;
    - or one table in the folder, which the function splits.

    Tables may also have the suffix `.tsv`. Pictures are next to the table, in a folder `images`, or in a folder with
    the name of the table.

    Args:
        root: String or `os.PathLike`, the folder.
        validation_split: Float in (0, 1), fraction for validation if there is one table. Defaults to `0.2`.

    Returns:
        Tuple of two `Source`, or `None` if the folder has no table. Labels are integers if each picture has one label,
        and vectors of 0 and 1 otherwise.

    Raises:
        ValueError: If a table is wrong, pictures are missing, or a class occurs in validation only.
    """
    root = Path(root)
    train, validation = _find_tables(root)
    if train is None:
        return None
    tables = [train] if validation is None else [train, validation]
    names, labels = _labels(tables)
    paths = [find_files(table.files, _picture_folders(table.path, root), table.path) for table in tables]
    if validation is not None:
        return tuple(LabelledFileSource(*pair, names) for pair in zip(paths, labels))
    parts = split_samples(root, paths[0], validation_split, labels[0] if labels[0].ndim == 1 else None)
    all_paths = np.array(paths[0], object)
    return tuple(LabelledFileSource(all_paths[part], labels[0][part], names) for part in parts)


def _find_tables(root):
    """Returns the tables of training and validation.

    Both are `None` without a table. The second is `None` if one table is to be split.
    """
    train, validation = _first_table(root, TRAIN_NAMES), _first_table(root, VALIDATION_NAMES)
    if train is None:
        train, validation = (
            _first_table(root, [f"{split}/{name}" for split in names for name in WHOLE_NAMES])
            for names in (TRAIN_NAMES, VALIDATION_NAMES)
        )
    return (train, validation) if train is not None else (_first_table(root, WHOLE_NAMES), None)


def _first_table(root, names):
    """Returns the first table with one of the names. Tables `test` of competitions without labels are left out."""
    for path in (root / f"{name}{suffix}" for name in names for suffix in (".csv", ".tsv")):
        try:
            table = read_table(path) if path.is_file() else None
        except ValueError:
            if path.stem != "test":
                raise
            continue
        if table is not None:
            return table
    return None


def _picture_folders(path, root):
    places = (path.parent, path.parent / path.stem, root)
    return [folder for place in places for folder in (place, place / "images")]


def _labels(tables):
    """Returns the class names, and for each table an array of integers, or of vectors for several labels."""
    names, vectors = (_labels_of_cells if all(table.columns is None for table in tables) else _labels_of_columns)(
        tables
    )
    if len(set(names)) < len(names):
        raise ValueError(f"The classes of {str(tables[0].path)!r} must have different names. Received: {some(names)}")
    counts = [each.sum(axis=1) for each in vectors]
    if max(count.max() for count in counts) > 1:
        logger.warning("%s: pictures have several labels each, of %d classes", tables[0].path, len(names))
        return names, vectors
    for table, count in zip(tables, counts):
        if not count.all():
            raise ValueError(
                "Each picture must have a label. "
                f"Received: {str(table.path)!r} without one of {table.files[count.argmin()]!r}"
            )
    return names, [each.argmax(axis=1) for each in vectors]


def _labels_of_columns(tables):
    first, last = tables[0], tables[-1]
    if first.columns != last.columns:
        raise ValueError(
            "The tables of training and validation must have the same columns. "
            f"Received: {str(first.path)!r} with {first.columns} and {str(last.path)!r} with {last.columns}"
        )
    return first.columns, [np.array(table.cells, "float32") for table in tables]


def _labels_of_cells(tables):
    cells = [cell for table in tables for cell in table.cells]
    separator = next((each for each in SEPARATORS if any(each in cell for cell in cells)), None)
    parts = [[_split_cell(cell, separator) for cell in table.cells] for table in tables]
    names = _sorted_names({name for each in parts[0] for name in each})
    unknown = sorted({name for each in parts[-1] for name in each} - set(names))
    if unknown:
        raise ValueError(
            f"The classes of validation must occur in training. Received: {some(unknown)} only in "
            f"{str(tables[-1].path)!r}; {str(tables[0].path)!r} has {some(names)}"
        )
    return names, [_vectors(each, names) for each in parts]


def _split_cell(cell, separator):
    return [part.strip() for part in cell.split(separator) if part.strip()] if separator else [cell] * bool(cell)


def _sorted_names(names):
    return sorted(names, key=(lambda name: int(name)) if all(name.isdecimal() for name in names) else str)


def _vectors(parts, names):
    labels = {name: label for label, name in enumerate(names)}
    vectors = np.zeros((len(parts), len(names)), "float32")
    for vector, each in zip(vectors, parts):
        vector[[labels[name] for name in each]] = 1.0
    return vectors
