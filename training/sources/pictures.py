"""Finds and reads picture files."""

import filecmp
import logging
import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np

from keras_mobilevitv3.array_types import FilePath
from training.sources.source import UnreadableSampleError

logger = logging.getLogger(__name__)

# Files and folders that operating systems and tools leave in data sets. Hidden files begin with a period.
SYSTEM_NAMES = ("__MACOSX", "Thumbs.db", "desktop.ini", "$RECYCLE.BIN", "System Volume Information", "@eaDir")
COPY = re.compile(r"(?P<stem>.+?)(?: \(\d+\)| - copy(?: \(\d+\))?| copy(?: \d+)?)", re.IGNORECASE)
# Formats that Pillow opens but cannot decode without another program.
NOT_DECODED = {"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF"}


@cache
def picture_suffixes() -> frozenset[str]:
    """Returns the suffixes of the files that Pillow decodes, in lower case and with the period."""
    from PIL import Image

    suffixes = Image.registered_extensions()
    return frozenset(suffix for suffix, kind in suffixes.items() if kind in Image.OPEN and kind not in NOT_DECODED)


def is_picture(path: FilePath) -> bool:
    """Returns whether a file has the suffix of a picture, in lower or upper case."""
    return os.path.splitext(path)[1].lower() in picture_suffixes()


def is_hidden(name: str) -> bool:
    """Returns whether a file or folder is hidden, or belongs to an operating system or a tool."""
    return name.startswith(".") or name in SYSTEM_NAMES


def visible_folders(folder: Path) -> list[Path]:
    """Returns the folders in a folder in the order of their names, without hidden folders."""
    return sorted(path for path in folder.iterdir() if path.is_dir() and not is_hidden(path.name))


def visible_files(folder: Path) -> list[Path]:
    """Returns the files in and below a folder, sorted by path, without hidden files. Follows links to folders."""
    files, seen = [], {os.path.realpath(folder)}
    for parent, folders, names in os.walk(folder, followlinks=True):
        kept = [name for name in folders if not is_hidden(name)]
        links = [os.path.realpath(os.path.join(parent, name)) for name in kept]
        folders[:] = [name for name, link in zip(kept, links) if link not in seen]
        seen.update(links)
        files += [os.path.join(parent, name) for name in names if not is_hidden(name)]
    return [Path(path) for path in sorted(files)]  # sorting strings is faster than sorting paths


def find_pictures(folder: Path, left_out: dict[str, list[str]]) -> list[Path]:
    """Returns the picture files in and below a folder, sorted by path.

    Args:
        folder: `pathlib.Path`.
        left_out: `defaultdict(list)`. The function adds the names of the files that are not pictures, by their suffix,
            for `log_left_out`.
    """
    files = visible_files(folder)
    for path in files:
        if not is_picture(path):
            left_out[path.suffix.lower() or path.name].append(path.name)
    return [path for path in files if is_picture(path)]


def without_copies(paths: list[Path], left_out: dict[str, list[str]]) -> list[Path]:
    """Returns pictures without the copies that file managers make, such as `a (1).jpg` or `a - Copy.jpg`.

    A copy has the contents of a picture in the same folder. With copies, one picture could be in training and in
    validation.

    Args:
        paths: List of `pathlib.Path`.
        left_out: See `find_pictures`. The function adds the names of the copies.
    """
    known, kept = set(paths), []
    for path in paths:
        name = COPY.fullmatch(path.stem)
        original = path.with_name(name["stem"] + path.suffix) if name else None
        if original in known and filecmp.cmp(original, path, shallow=False):
            left_out["copies"].append(path.name)
        else:
            kept.append(path)
    return kept


def log_left_out(folder: FilePath, left_out: dict[str, list[str]]) -> None:
    """Logs how many files of each kind a data set leaves out, and names some of them."""
    if left_out:
        kinds = ", ".join(f"{len(names)} {kind} ({some(names, 3)})" for kind, names in sorted(left_out.items()))
        logger.warning("%s: left out %d files: %s", folder, sum(map(len, left_out.values())), kinds)


def read_picture(path: FilePath) -> np.ndarray:
    """Reads a picture with `keras_mobilevitv3.preprocessing.read_image`.

    Args:
        path: String or `os.PathLike`.

    Returns:
        Uint8 array of shape `(height, width, 3)`, RGB, 0-255, upright by the EXIF orientation.

    Raises:
        UnreadableSampleError: If the file is missing or damaged, or is not a picture.
    """
    from keras_mobilevitv3.preprocessing.picture_reading import read_image

    try:
        return read_image(path)
    except (OSError, ValueError) as error:
        raise UnreadableSampleError(f"{str(path)!r} cannot be read: {error}") from error


def some(names: Iterable[str], shown: int = 5) -> str:
    """Returns text for a message: the first few names, and the number of the others."""
    names = [repr(str(name)) for name in names]
    text = ", ".join(names[:shown]) or "none"
    return f"{text} and {len(names) - shown} more" if len(names) > shown else text
