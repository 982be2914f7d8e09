"""Writes a list of rows as a Markdown table and as a CSV file."""

import csv
import math
from collections.abc import Mapping, Sequence
from typing import Any

from keras_mobilevitv3.array_types import FilePath
from keras_mobilevitv3.atomic_write import atomic_write

MISSING = "–"


def markdown_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Returns a Markdown table.

    Args:
        rows: Non-empty sequence of dicts with the same keys, the titles of the columns. Floats get four decimals. `NaN`
            and `None` become a dash.

    Returns:
        String of lines, each with a line break at its end.

    Raises:
        ValueError: If there is no row, or the keys of the rows differ.
    """
    titles = _titles(rows)
    alignment = ["---:" if _is_number(rows[0][title]) else "---" for title in titles]
    cells = [titles, alignment, *([_in_markdown(row[title]) for title in titles] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


def write_markdown(rows: Sequence[Mapping[str, Any]], path: FilePath) -> None:
    """Writes rows as `markdown_table` does to a file, completely or not at all."""
    text = markdown_table(rows)
    with atomic_write(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def write_csv(rows: Sequence[Mapping[str, Any]], path: FilePath) -> None:
    """Writes rows to a CSV file, completely or not at all. Floats have all digits; `NaN` and `None` are empty.

    Args:
        rows: Non-empty sequence of dicts with the same keys, the titles of the columns.
        path: Path of the file.

    Raises:
        ValueError: If there is no row, or the keys of the rows differ.
    """
    titles = _titles(rows)
    with atomic_write(path) as unfinished, open(unfinished, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(titles)
        writer.writerows(["" if _is_missing(row[title]) else row[title] for title in titles] for row in rows)


def _titles(rows):
    if not rows:
        raise ValueError("`rows` must have at least one row. Received: no rows")
    titles = list(rows[0])
    for row in rows:
        if list(row) != titles:
            raise ValueError(f"`rows` must have the same keys in each row. Received: {titles} and {list(row)}")
    return titles


def _in_markdown(value):
    if _is_missing(value):
        return MISSING
    text = f"{value:.4f}" if isinstance(value, float) else " ".join(str(value).split())
    return text.replace("\\", "\\\\").replace("|", "\\|")


def _is_missing(value):
    return value is None or (isinstance(value, float) and math.isnan(value))


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)
