"""Finds the pictures that annotation files name."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from keras_mobilevitv3.array_types import FilePath
from training.sources.pictures import find_pictures, is_picture, some


def find_file(name: str, folders: Sequence[Path]) -> Path | None:
    """Finds a file by the name that an annotation file gives.

    Args:
        name: String, a file name or a path. It may have backslashes, and it may be a path on another machine.
        folders: Sequence of `pathlib.Path`, searched in this order: first for the whole name, then for the last parts
            of the name.

    Returns:
        `pathlib.Path`, or `None` if no folder has such a file.
    """
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    tails = ["/".join(parts[first:]) for first in range(len(parts))]
    for each in dict.fromkeys((name, *tails)):
        for folder in folders:
            if each and (folder / each).is_file():
                return folder / each
    return None


def find_files(names: Sequence[str], folders: Sequence[Path], source: FilePath) -> list[Path]:
    """Finds the pictures that an annotation file names.

    Args:
        names: Sequence of strings, see `find_file`. A name without the suffix of a picture stands for a picture of this
            name with any suffix.
        folders: Sequence of `pathlib.Path`, the folders to search. Folders that do not exist are left out.
        source: String or `os.PathLike`, the annotation file, for messages.

    Returns:
        List of `pathlib.Path`.

    Raises:
        ValueError: If pictures are missing, or a picture is named twice.
    """
    folders = [folder for folder in folders if folder.is_dir()]
    stems = {} if all(map(is_picture, names)) else _by_stem(folders)
    paths = [find_file(name, folders) or stems.get(name) for name in names]
    missing = [name for name, path in zip(names, paths) if path is None]
    if missing:
        raise ValueError(
            f"The pictures that {str(source)!r} names must exist. Received: {len(missing)} of {len(names)} are in none "
            f"of the folders {some(folders)}: {some(missing)}"
        )
    repeated = [path for path, count in Counter(paths).items() if count > 1]
    if repeated:
        raise ValueError(f"{str(source)!r} must name each picture once. Received: {some(repeated)} more than once")
    return paths


def _by_stem(folders):
    """Returns a dict from names without a suffix to pictures. The first folder with a name counts."""
    stems = {}
    for folder in folders:
        for path in find_pictures(folder, defaultdict(list)):
            other = stems.setdefault(path.stem, path)
            if other != path and other.parent == path.parent:
                raise ValueError(
                    "Pictures must differ in more than the suffix where names have none. "
                    f"Received: {str(other)!r} and {str(path)!r}"
                )
    return stems
