import os
import pathlib
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from keras_mobilevitv3.array_types import FilePath


@contextmanager
def atomic_write(path: FilePath) -> Iterator[pathlib.Path]:
    """Yields a temporary path next to `path`, with its suffixes. On success the file written there replaces `path`.

    On error the temporary file is deleted, and an existing file at `path` is kept.

    Args:
        path: String or `pathlib.Path` of a file, in an existing folder.

    Raises:
        IsADirectoryError: If `path` is a folder. `overwriting.written_folder` writes folders.
    """
    path = pathlib.Path(path)
    unfinished = path.with_name(f"{uuid.uuid4().hex}.{path.name}")
    try:
        yield unfinished
        if path.is_dir():
            raise IsADirectoryError(f"A file can't be written to {str(path)!r}: a folder with this name exists")
        os.replace(unfinished, path)
    finally:
        if unfinished.is_dir():
            shutil.rmtree(unfinished)
        else:
            unfinished.unlink(missing_ok=True)
