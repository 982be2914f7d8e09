"""Rules for replacing existing files and folders.

A writer replaces a file only if its contents are of the expected kind, and a folder only if it contains nothing except
files of this library. The manifest of such a folder, `manifest.json`, lists every entry and the SHA-256 of every file.
"""

import hashlib
import json
import os
import pathlib
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from keras_mobilevitv3 import file_contents as contents
from keras_mobilevitv3.array_types import FilePath

MANIFEST = "manifest.json"
WRITER = "keras_mobilevitv3"
# Kinds of contents that a file with a suffix must have to be replaced. The longest matching suffix counts.
KINDS_BY_SUFFIX = {
    ".weights.h5": (contents.HDF5,),
    ".keras": (contents.ZIP,),
    ".pt": (contents.ZIP, contents.PICKLE),
    ".safetensors": (contents.SAFETENSORS,),
    ".npy": (contents.NUMPY,),
    ".png": (contents.PNG,),
    ".json": (contents.JSON,),
    ".md": (contents.TEXT, contents.JSON),
    ".txt": (contents.TEXT, contents.JSON),
}


def check_file(path: FilePath, overwrite: bool = True, kinds: tuple[str, ...] | None = None) -> bool:
    """Checks that a file may be written to a path.

    Args:
        path: String or `pathlib.Path` of the file.
        overwrite: Boolean, whether an existing file may be replaced. Defaults to `True`.
        kinds: Tuple of kinds of `file_contents`. An existing file of another kind is not replaced. Defaults to `None`:
            the kinds that belong to the suffix.

    Returns:
        Boolean, whether the path is an existing file, which will be replaced.

    Raises:
        FileExistsError: If the path is a folder, a file of another kind, or any file and `overwrite` is false.
        NotADirectoryError: If a parent of the path is not a folder.
    """
    path = pathlib.Path(path)
    check_parents(path)
    if not os.path.lexists(path):
        return False
    if path.is_dir():
        raise FileExistsError(f"A file can't be written to {str(path)!r}: a folder with this name exists")
    if not overwrite:
        raise FileExistsError(f"{str(path)!r} exists, and `overwrite` is false (--no-overwrite)")
    if not path.exists():  # a broken link
        return True
    if not path.is_file():
        raise FileExistsError(f"A file can't be written to {str(path)!r}: the path is no regular file")
    if kinds is None:
        matching = [suffix for suffix in KINDS_BY_SUFFIX if path.name.lower().endswith(suffix)]
        kinds = KINDS_BY_SUFFIX.get(max(matching, key=len, default=""))
    found = contents.kind_of_file(path)
    if kinds is not None and found not in (*kinds, contents.EMPTY):
        raise FileExistsError(
            f"{str(path)!r} must be {' or '.join(kinds) or 'empty'} to be replaced. Received: {found}"
        )
    return True


def check_folder(path: FilePath, overwrite: bool = True) -> bool:
    """Checks that a folder may be written to a path.

    Args:
        path: String or `pathlib.Path` of the folder.
        overwrite: Boolean, whether an existing folder that a writer filled may be replaced. Defaults to `True`.

    Returns:
        Boolean, whether the path is an existing folder that is not empty, which will be replaced.

    Raises:
        FileExistsError: If the path is a file or a link, a folder with entries that its manifest does not list, or any
            folder that is not empty and `overwrite` is false.
        NotADirectoryError: If a parent of the path is not a folder.
    """
    path = pathlib.Path(path)
    check_parents(path)
    if not os.path.lexists(path):
        return False
    if path.is_symlink() or not path.is_dir():
        found = "link" if path.is_symlink() else "file"
        raise FileExistsError(f"A folder can't be written to {str(path)!r}: a {found} with this name exists")
    unlisted = unlisted_entries(path)
    if unlisted:
        more = f" and {len(unlisted) - 1} more" if len(unlisted) > 1 else ""
        raise FileExistsError(
            f"The folder {str(path)!r} can't be replaced: {unlisted[0]!r}{more} in it was not written by this "
            "library or has changed. Move the folder away, or write to another path"
        )
    filled = any(path.iterdir())
    if filled and not overwrite:
        raise FileExistsError(
            f"The folder {str(path)!r} exists. It is replaced only if `overwrite=True` is given (`export --overwrite`)"
        )
    return filled


def check_parents(path: pathlib.Path) -> None:
    """Raises `NotADirectoryError` if a parent of a path is not a folder."""
    for parent in path.parents:
        if os.path.lexists(parent):
            if not parent.is_dir():
                raise NotADirectoryError(f"{str(path)!r} can't be written: {str(parent)!r} is not a folder")
            return


def unlisted_entries(folder: pathlib.Path) -> list[str]:
    """Returns the sorted relative paths in a folder that its manifest lacks or lists with other contents."""
    listed = _read_manifest(folder)
    found = {name: _digest(folder / name) for name in _entries(folder)}
    if listed is None:
        return sorted(found)
    return sorted(name for name, digest in found.items() if name != MANIFEST and listed.get(name, "") != digest)


def write_manifest(folder: pathlib.Path) -> None:
    """Writes a manifest of all entries in a folder."""
    entries = {name: _digest(folder / name) for name in sorted(_entries(folder)) if name != MANIFEST}
    text = json.dumps({"written_by": WRITER, "entries": entries}, indent=2)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


@contextmanager
def written_folder(path: FilePath, overwrite: bool = True) -> Iterator[pathlib.Path]:
    """Yields a temporary path next to `path`. On success the folder written there gets a manifest and replaces `path`.

    On error the temporary folder is deleted, and `path` does not change.

    Args:
        path: String or `pathlib.Path` of the folder, in an existing folder.
        overwrite: As in `check_folder`. Defaults to `True`.

    Raises:
        FileExistsError, NotADirectoryError: As in `check_folder`.
    """
    path = pathlib.Path(path)
    check_folder(path, overwrite)
    unfinished = _temporary_sibling(path)
    try:
        yield unfinished
        write_manifest(unfinished)
        replace_folder(unfinished, path)
    finally:
        if unfinished.is_dir():
            shutil.rmtree(unfinished)


def replace_folder(new: pathlib.Path, path: pathlib.Path) -> None:
    """Moves the folder `new` to `path`, and replaces a folder at `path` that `check_folder` accepts.

    The former folder is renamed first. On error it is renamed back; on success only the entries of its manifest are
    deleted.
    """
    if not os.path.lexists(path):
        os.replace(new, path)
        return
    former = _temporary_sibling(path)
    os.replace(path, former)
    try:
        check_folder(former)  # fails if an entry was added since the writer began
        os.replace(new, path)
    except BaseException:
        os.replace(former, path)
        raise
    for name in sorted(_entries(former), reverse=True):  # the contents of a folder come before the folder
        entry = former / name
        entry.rmdir() if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    former.rmdir()


def _temporary_sibling(path):
    return path.with_name(f"{uuid.uuid4().hex}.{path.name}")


def _entries(folder):
    """Yields the relative paths of all files, links and folders in a folder, with slashes."""
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            yield pathlib.Path(parent, name).relative_to(folder).as_posix()


def _digest(path):
    """Returns the SHA-256 of a file, the target of a link, or `None` for a folder."""
    if path.is_symlink():
        return f"link to {os.readlink(path)}"
    if path.is_dir():
        return None
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_manifest(folder):
    """Returns a dict from path to digest, or `None` if the folder has no manifest of this library."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return dict(manifest["entries"]) if manifest["written_by"] == WRITER else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
