"""Reads files with the names of the classes and their colors in masks."""

import re
from pathlib import Path

from keras_mobilevitv3.array_types import FilePath
from training.augment import VOID
from training.sources.pictures import some
from training.sources.text_files import read_text

CLASS_FILES = ("classes.txt", "labelmap.txt", "class_dict.csv", "train/_classes.csv")
WITH_COLOR = re.compile(r"(.+?)[\s,;:]+(\d{1,3})[\s,;]+(\d{1,3})[\s,;]+(\d{1,3})[\s:]*")
HEADER = re.compile(r"name[\s,;:]+r[\s,;]+g[\s,;]+b", re.IGNORECASE)
NUMBERED = re.compile(r"(\d+)\s*,\s*(.+)")  # lines of `_classes.csv` of Roboflow
VOID_NAMES = ("void", "ignore", "unlabeled", "unlabelled")


def find_class_list(root: FilePath) -> Path | None:
    """Returns the file of class names in a folder, or `None` if there is no such file."""
    return next((path for name in CLASS_FILES if (path := Path(root) / name).is_file()), None)


def read_class_list(path: Path) -> tuple[tuple[str, ...], dict | None]:
    """Reads the names of classes, one per line, in the order of the labels.

    Args:
        path: `pathlib.Path`, a file of lines `name`, `name r g b` or `name,r,g,b`. Lines that begin with `#` are
            comments. The name `void`, `ignore` or `unlabeled` gives the color of pixels without a label. A file
            `_classes.csv` has lines `number, name`.

    Returns:
        Tuple of the names, and of a dict from RGB colors to labels, or `None` if the lines have no colors.

    Raises:
        ValueError: If there are no names, only some lines have a color, or two lines have the same name or color.
    """
    lines = [line.strip() for line in read_text(path).splitlines()]
    lines = [line for line in lines if line and not line.startswith("#") and not HEADER.fullmatch(line)]
    if path.name == "_classes.csv":
        entries = [match.groups() for line in lines if (match := NUMBERED.fullmatch(line))]
        lines = [name for _, name in sorted(entries, key=lambda entry: int(entry[0]))]
    matches = [WITH_COLOR.fullmatch(line) for line in lines]
    if not any(matches):
        _check_unlike(path, "names", lines)
        return tuple(lines), None
    bad = [line for line, match in zip(lines, matches) if not match or max(map(int, match.groups()[1:])) > 255]
    if bad:
        raise ValueError(
            "Either all classes must have a color, 0-255, as lines `name r g b`, or none. "
            f"Received: {str(path)!r} with {some(bad)}"
        )
    entries = [(match[1].strip(), tuple(map(int, match.groups()[1:]))) for match in matches]
    names = [name for name, _ in entries if name.lower() not in VOID_NAMES]
    _check_unlike(path, "names", names)
    _check_unlike(path, "colors", [color for _, color in entries])
    return tuple(names), {color: names.index(name) if name in names else VOID for name, color in entries}


def _check_unlike(path, what, values):
    repeated = sorted({str(value) for value in values if values.count(value) > 1})
    if repeated or not values:
        raise ValueError(
            f"The classes in {str(path)!r} must be one or more, of different {what}. "
            f"Received: {len(values)} classes, {some(repeated)} more than once"
        )
