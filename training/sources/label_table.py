"""Reads a table (CSV or TSV file) of pictures and their labels."""

import csv
from pathlib import Path
from typing import NamedTuple

from training.sources.pictures import is_picture, some
from training.sources.text_files import read_text

FILE_COLUMNS = (
    *("file", "filename", "file_name", "filepath", "file_path", "image", "image_name", "image_path", "image_id"),
    *("img", "path", "id"),
)
LABEL_COLUMNS = ("label", "labels", "class", "classes", "class_name", "category", "categories", "tags", "target")
DELIMITERS = (",", "\t", ";")


class LabelTable(NamedTuple):
    """The contents of a table.

    Attributes:
        path: `pathlib.Path`.
        files: List of strings, names of the pictures.
        cells: List with one element for each picture: the label cell, or a list of 0 and 1 if each class has a column.
        columns: List of strings, the classes that have a column, or `None` for a column of labels.
    """

    path: Path
    files: list
    cells: list
    columns: list | None


def read_table(path: Path) -> LabelTable | None:
    """Reads a table.

    Returns:
        `LabelTable`, or `None` if the table has no rows or no column of files.

    Raises:
        ValueError: If rows differ in length, or there is no column of labels.
    """
    rows = _read_rows(path)
    header = [name.lower() for name in rows[0]] if rows else []
    file_column = next((header.index(name) for name in FILE_COLUMNS if name in header), None)
    if file_column is None or len(rows) < 2:
        return None
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise ValueError(
                f"All rows of {str(path)!r} must have the {len(header)} cells of the first one. "
                f"Received: row {number} with {len(row)}: {row[:5]}"
            )
    files = [row[file_column] for row in rows[1:]]
    others = [column for column in range(len(header)) if column != file_column]
    label_column = next((header.index(name) for name in LABEL_COLUMNS if name in header), None)
    if label_column is None and len(others) == 1:
        label_column = others[0]
    if label_column is not None:
        return LabelTable(path, files, [row[label_column] for row in rows[1:]], None)
    flags = [[row[column] for column in others] for row in rows[1:]]
    if not others or not {cell for row in flags for cell in row} <= {"0", "1", "0.0", "1.0"}:
        raise ValueError(
            f"A table must have a column of labels, such as 'label', or columns of 0 and 1, one for each class. "
            f"Received: {str(path)!r} with the columns {some(rows[0])}"
        )
    return LabelTable(path, files, [[float(cell) for cell in row] for row in flags], [rows[0][each] for each in others])


def _read_rows(path):
    """Returns the cells of a table. Adds a header if the first row belongs to a picture."""
    text = read_text(path)
    delimiter = max(DELIMITERS, key=text.split("\n", 1)[0].count)
    rows = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter)]
    rows = [row for row in rows if any(row)]
    return [["file", "label"], *rows] if rows and len(rows[0]) == 2 and is_picture(rows[0][0]) else rows
