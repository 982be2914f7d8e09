"""Finds and reads picture files."""

import logging
import os
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np

from keras_mobilevitv3.array_types import FilePath
from training.sources.source import UnreadableSampleError

logger = logging.getLogger(__name__)

# Files and folders that operating systems and tools leave in data sets. Hidden files begin with a period.
SYSTEM_NAMES = ("__MACOSX", "Thumbs.db", "desktop.ini", "$RECYCLE.BIN", "System Volume Information", "@eaDir")
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


def find_pictures(folder: Path, other_files: Counter) -> list[Path]:
    """Returns the picture files in and below a folder, sorted by path.

    Args:
        folder: `pathlib.Path`.
        other_files: Counter. The function adds the suffixes of the files that are not pictures, for
            `log_other_files`.
    """
    files = visible_files(folder)
    other_files.update(path.suffix.lower() or path.name for path in files if not is_picture(path))
    return [path for path in files if is_picture(path)]


def log_other_files(folder: FilePath, other_files: Counter) -> None:
    """Logs how many files of each kind a data set leaves out, if any."""
    if other_files:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(other_files.items()))
        logger.warning("%s: left out %d files that are not pictures: %s", folder, sum(other_files.values()), kinds)


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
