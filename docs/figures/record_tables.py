"""Renews the tables of families, data sets and formats in `docs/architecture.md`. It needs neither Keras nor a backend.

python docs/figures/record_tables.py
"""

import dataclasses
from pathlib import Path

from keras_mobilevitv3.datasets import DATASETS
from keras_mobilevitv3.exporting.formats import FORMATS
from keras_mobilevitv3.families import FAMILIES, Family

PAGE = Path(__file__).parents[1] / "architecture.md"
# Fields that hold whole tables of their own, which `families.py` shows better.
LONG_FIELDS = ("official_names", "detection", "optimizers", "resize_sizes", "tasks_without_decay_of_vectors", "title")


def families_table():
    """A row for each field in which the families differ, a column for each family."""
    rows = [["field", *FAMILIES]]
    for field in dataclasses.fields(Family):
        if field.name not in LONG_FIELDS:
            rows.append([f"`{field.name}`", *(str(getattr(family, field.name)) for family in FAMILIES.values())])
    return markdown(rows)


def datasets_table():
    """A row for each data set."""
    rows = [["name", "data set", "task", "classes", "image size", "published weights"]]
    for dataset in DATASETS.values():
        size, head = f"{dataset.image_size}x{dataset.image_size}", dataset.head or "-"
        rows.append([f"`{dataset.name}`", dataset.title, dataset.task, str(dataset.classes), size, head])
    return markdown(rows)


def formats_table():
    """A row for each format of exported models."""
    rows = [["name", "format", "suffix", "precisions"]]
    for each in FORMATS.values():
        suffix = f"`{each.suffix}`" if each.suffix else "a folder"
        rows.append([f"`{each.name}`", each.title, suffix, ", ".join(f"`{name}`" for name in each.precisions)])
    return markdown(rows)


def markdown(rows):
    """A table in Markdown, the first row as its head."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


TABLES = {"families": families_table, "datasets": datasets_table, "formats": formats_table}


def with_tables(page):
    """The text of a page with the current tables between their markers."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->"
        before, rest = page.split(begin)
        page = f"{before}{begin}{table()}\n{end}{rest.split(end)[1]}"
    return page


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
