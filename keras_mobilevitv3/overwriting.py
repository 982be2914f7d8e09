"""What a writer may replace: a file of the kind it writes, or a folder with nothing in it but what was written there.

A folder that a writer fills has a manifest, `manifest.json`, which lists every entry and the SHA-256 of every file.
"""

import hashlib
import json
import os
import shutil
import uuid
from contextlib import contextmanager
from pathlib import Path

from keras_mobilevitv3 import file_contents as contents

MANIFEST = "manifest.json"
WRITER = "keras_mobilevitv3"
# What a file with a suffix must hold to be replaced; the longest suffix that fits counts.
KINDS = {
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


def check_file(path, overwrite=True, kinds=None):
    """Checks that a file may be written to a path.

    Args:
        path: String or `pathlib.Path` of the file.
        overwrite: Boolean, whether an existing file may be replaced. Defaults to `True`.
        kinds: Tuple of kinds of `file_contents`: an existing file that holds anything else is not replaced. Defaults to
            `None`: the kinds that belong to the suffix.

    Returns:
        Boolean, whether there is a file that will be replaced.

    Raises:
        FileExistsError: If a folder stands there, a file of another kind than the suffix says, or any file and
            `overwrite` is false.
        NotADirectoryError: If what should be its folder is a file.
    """
    path = Path(path)
    check_parents(path)
    if not os.path.lexists(path):
        return False
    if path.is_dir():
        raise FileExistsError(f"A file can't be written to {str(path)!r}: a folder of that name stands there")
    if not overwrite:
        raise FileExistsError(f"{str(path)!r} exists, and `overwrite` is false (--no-overwrite): nothing is replaced")
    if not path.exists():  # a link to nowhere
        return True
    if not path.is_file():
        raise FileExistsError(f"A file can't be written to {str(path)!r}: what stands there is no regular file")
    if kinds is None:
        kinds = KINDS.get(max((suffix for suffix in KINDS if path.name.lower().endswith(suffix)), key=len, default=""))
    found = contents.kind_of_file(path)
    if kinds is not None and found not in (*kinds, contents.EMPTY):
        raise FileExistsError(
            f"{str(path)!r} must be {' or '.join(kinds) or 'empty'} to be replaced. Received: {found} of that name"
        )
    return True


def check_folder(path, overwrite=True):
    """Checks that a folder may be written to a path.

    Args:
        path: String or `pathlib.Path` of the folder.
        overwrite: Boolean, whether an existing folder that a writer filled may be replaced. Defaults to `True`.

    Returns:
        Boolean, whether there is a folder, not an empty one, that will be replaced.

    Raises:
        FileExistsError: If a file or a link stands there, a folder with something in it that its manifest does not
            list, or any folder that is not empty and `overwrite` is false.
        NotADirectoryError: If what should be its folder is a file.
    """
    path = Path(path)
    check_parents(path)
    if not os.path.lexists(path):
        return False
    if path.is_symlink() or not path.is_dir():
        found = "link" if path.is_symlink() else "file"
        raise FileExistsError(f"A folder can't be written to {str(path)!r}: a {found} of that name stands there")
    unlisted = unlisted_entries(path)
    if unlisted:
        more = f" and {len(unlisted) - 1} more" if len(unlisted) > 1 else ""
        raise FileExistsError(
            f"The folder {str(path)!r} can't be replaced: {unlisted[0]!r}{more} in it is not as written by this "
            "library. Move the folder away, or write to another path"
        )
    filled = any(path.iterdir())
    if filled and not overwrite:
        raise FileExistsError(
            f"The folder {str(path)!r} exists. It is replaced only if `overwrite=True` is given (`export --overwrite`)"
        )
    return filled


def check_parents(path):
    """Raises `NotADirectoryError` if a folder that a path is in is a file."""
    for parent in path.parents:
        if os.path.lexists(parent):
            if not parent.is_dir():
                raise NotADirectoryError(f"{str(path)!r} can't be written: {str(parent)!r} is no folder")
            return


def unlisted_entries(folder):
    """Sorted list of the paths in a folder, relative to it, that its manifest lacks or lists with other contents."""
    listed = _read_manifest(folder)
    found = {name: _digest(folder / name) for name in _entries(folder)}
    if listed is None:
        return sorted(found)
    return sorted(name for name, digest in found.items() if name != MANIFEST and listed.get(name, "") != digest)


def write_manifest(folder):
    """Writes the manifest of all that is in a folder."""
    entries = {name: _digest(folder / name) for name in sorted(_entries(folder)) if name != MANIFEST}
    text = json.dumps({"written_by": WRITER, "entries": entries}, indent=2)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


@contextmanager
def written_folder(path, overwrite=True):
    """Yields a temporary path next to `path`. On success the folder written there gets a manifest and replaces `path`.

    On error the temporary folder is deleted, and `path` is as before.

    Args:
        path: String or `pathlib.Path` of the folder, in an existing folder.
        overwrite: As in `check_folder`, whose errors are raised. Defaults to `True`.
    """
    path = Path(path)
    check_folder(path, overwrite)
    unfinished = _beside(path)
    try:
        yield unfinished
        write_manifest(unfinished)
        replace_folder(unfinished, path)
    finally:
        if unfinished.is_dir():
            shutil.rmtree(unfinished)


def replace_folder(new, path):
    """Moves a folder to a path, where nothing stands or a folder that `check_folder` accepts.

    The former folder is moved aside first and comes back on error; then exactly what its manifest lists is deleted.
    """
    if not os.path.lexists(path):
        os.replace(new, path)
        return
    former = _beside(path)
    os.replace(path, former)
    try:
        check_folder(former)  # nobody has put anything in it since the writer began
        os.replace(new, path)
    except BaseException:
        os.replace(former, path)
        raise
    for name in sorted(_entries(former), reverse=True):  # what is in a folder comes before the folder
        entry = former / name
        entry.rmdir() if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    former.rmdir()


def _beside(path):
    return path.with_name(f"{uuid.uuid4().hex}.{path.name}")


def _entries(folder):
    """Paths of all files, links and folders in a folder, relative to it, with slashes."""
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            yield Path(parent, name).relative_to(folder).as_posix()


def _digest(path):
    """SHA-256 of a file, `None` of a folder."""
    if path.is_symlink():
        return f"link to {os.readlink(path)}"
    if path.is_dir():
        return None
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_manifest(folder):
    """Dict of digests by path, or `None` without a manifest of this library."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return dict(manifest["entries"]) if manifest["written_by"] == WRITER else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
