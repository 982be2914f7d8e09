"""Pictures with their labels in tables (CSV or TSV files)."""

import csv
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from keras_mobilevitv3.array_types import FilePath
from training.sources.file_names import find_files
from training.sources.labelled_files import LabelledFileSource
from training.sources.pictures import is_picture, some
from training.sources.source import Source
from training.sources.splits import TRAIN_NAMES, VALIDATION_NAMES, VALIDATION_SPLIT, split_samples
from training.sources.text_files import read_text

logger = logging.getLogger(__name__)

FILE_COLUMNS = (
    *("file", "filename", "file_name", "filepath", "file_path", "image", "image_name", "image_path", "image_id"),
    *("img", "path", "id"),
)
LABEL_COLUMNS = ("label", "labels", "class", "classes", "class_name", "category", "categories", "tags", "target")
WHOLE_NAMES = ("labels", "_classes", "classes", "annotations", "data")
SEPARATORS = (";", "|", ",")  # between the labels in a cell
DELIMITERS = (",", "\t", ";")


class LabelTable(NamedTuple):
    """The contents of a table.

    Attributes:
        path: `pathlib.Path`.
        files: List of strings, names of the pictures.
        cells: List of the label cell of each picture, or of lists of its 0 and 1 if each class has a column.
        columns: List of strings, the classes that have a column, or `None`.
    """

    path: Path
    files: list
    cells: list
    columns: list | None


def label_table_sources(root: FilePath, validation_split: float = VALIDATION_SPLIT) -> tuple[Source, Source] | None:
    """Returns the sources of training and validation of pictures with their labels in tables.

    A table has a column of files (`file`, `filename`, `image`, `path`, ...) and one of labels (`label`, `labels`,
    `class`, ...), or a column of 0 and 1 for each class. A cell has one label, or several with `;`, `|` or `,` between
    them. Tables are `train.csv` and `val.csv` in the folder, or `labels.csv` or `_classes.csv` in the folders `train`
    and `val`, or one table in the folder, which the function splits; `.tsv` files as well. Pictures are beside the
    table or in a folder `images` or of the name of the table.

    Args:
        root: String or `os.PathLike`, the folder.
        validation_split: Float in (0, 1), fraction for validation if there is one table. Defaults to `0.2`.

    Returns:
        Tuple of two `Source`, or `None` if the folder has no table. Labels are integers if each picture has one, and
        vectors of 0 and 1 otherwise.

    Raises:
        ValueError: If a table is wrong, pictures are missing, or validation has a class that training has not.
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
    parts = split_samples(root, len(paths[0]), validation_split, labels[0] if labels[0].ndim == 1 else None)
    all_paths = np.array(paths[0], object)
    return tuple(LabelledFileSource(all_paths[part], labels[0][part], names) for part in parts)


def read_table(path: Path) -> LabelTable | None:
    """Reads a table. Returns `None` if it is not one of pictures and labels."""
    text = read_text(path)
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    rows = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines(), delimiter=delimiter)]
    rows = [row for row in rows if any(row)]
    if len(rows) > 0 and is_picture(rows[0][0]) and len(rows[0]) == 2:
        rows.insert(0, ["file", "label"])  # a table without a header
    header = [name.lower() for name in rows[0]] if rows else []
    file_column = next((header.index(name) for name in FILE_COLUMNS if name in header), None)
    others = [column for column in range(len(header)) if column != file_column]
    if file_column is None or not others or len(rows) < 2:
        return None
    ragged = next((number for number, row in enumerate(rows) if len(row) != len(header)), None)
    if ragged is not None:
        raise ValueError(
            f"All rows of {str(path)!r} must have the {len(header)} cells of the first one. "
            f"Received: row {ragged + 1} with {len(rows[ragged])}: {rows[ragged][:5]}"
        )
    files = [row[file_column] for row in rows[1:]]
    label_column = next((header.index(name) for name in LABEL_COLUMNS if name in header), None)
    if label_column is None and len(others) == 1:
        label_column = others[0]
    if label_column is not None:
        return LabelTable(path, files, [row[label_column] for row in rows[1:]], None)
    flags = [[row[column] for column in others] for row in rows[1:]]
    if not {cell for row in flags for cell in row} <= {"0", "1", "0.0", "1.0"}:
        return None
    return LabelTable(path, files, [[float(cell) for cell in row] for row in flags], [rows[0][each] for each in others])


def _find_tables(root):
    """The tables of training and validation. Both are `None` if there are none, the second if one is to be split."""
    train, validation = _first_table(root, TRAIN_NAMES), _first_table(root, VALIDATION_NAMES)
    if train is None:
        train, validation = (
            _first_table(root, [f"{split}/{name}" for split in names for name in WHOLE_NAMES])
            for names in (TRAIN_NAMES, VALIDATION_NAMES)
        )
    return (train, validation) if train is not None else (_first_table(root, WHOLE_NAMES), None)


def _first_table(root, names):
    paths = [root / f"{name}{suffix}" for name in names for suffix in (".csv", ".tsv")]
    return next((table for path in paths if path.is_file() and (table := read_table(path)) is not None), None)


def _picture_folders(path, root):
    places = (path.parent, path.parent / path.stem, root)
    return [folder for place in places for folder in (place, place / "images")]


def _labels(tables):
    """Class names and, for each table, an array of integers or, for several labels per picture, of vectors."""
    columns = [table.columns for table in tables]
    if columns[0] is not None or columns[-1] is not None:
        if columns[0] != columns[-1]:
            raise ValueError(
                "The tables of training and validation must have the same columns. "
                f"Received: {str(tables[0].path)!r} with {columns[0]} and {str(tables[-1].path)!r} with {columns[-1]}"
            )
        names, vectors = columns[0], [np.array(table.cells, "float32") for table in tables]
    else:
        parts = [[_split_cell(cell) for cell in table.cells] for table in tables]
        names = _sorted_names({name for each in parts[0] for name in each})
        _check_known(names, parts[-1], tables)
        vectors = [_vectors(each, names) for each in parts]
    if len(set(names)) < len(names):
        raise ValueError(f"The classes of {str(tables[0].path)!r} must have different names. Received: {some(names)}")
    if all((each.sum(axis=1) == 1).all() for each in vectors):
        return names, [each.argmax(axis=1) for each in vectors]
    if all((each.sum(axis=1) <= 1).all() for each in vectors):
        table, row = next(
            (t, int(np.flatnonzero(e.sum(axis=1) == 0)[0])) for t, e in zip(tables, vectors) if not e.sum(axis=1).all()
        )
        raise ValueError(
            f"Each picture must have a label. Received: {str(table.path)!r} without one of {table.files[row]!r}"
        )
    logger.warning("%s: pictures have several labels each, of %d classes", tables[0].path, len(names))
    return names, vectors


def _split_cell(cell):
    separator = next((each for each in SEPARATORS if each in cell), None)
    return [part.strip() for part in cell.split(separator) if part.strip()] if separator else [cell] * bool(cell)


def _sorted_names(names):
    return sorted(names, key=(lambda name: int(name)) if all(name.isdecimal() for name in names) else str)


def _check_known(names: Sequence[str], parts, tables):
    unknown = sorted({name for each in parts for name in each} - set(names))
    if unknown:
        raise ValueError(
            f"The classes of validation must occur in training. Received: {some(unknown)} only in "
            f"{str(tables[-1].path)!r}; {str(tables[0].path)!r} has {some(names)}"
        )


def _vectors(parts, names):
    labels = {name: label for label, name in enumerate(names)}
    vectors = np.zeros((len(parts), len(names)), "float32")
    for vector, each in zip(vectors, parts):
        vector[[labels[name] for name in each]] = 1.0
    return vectors
