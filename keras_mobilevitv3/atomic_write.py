import os
import shutil
import uuid
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_write(path):
    """Yields a temporary path next to `path`, with its suffixes. On success the file written there replaces `path`.

    On error the temporary file is deleted, and a file that was at `path` before is still there.

    Args:
        path: String or `pathlib.Path` of a file, in an existing folder.

    Raises:
        IsADirectoryError: If a folder stands at `path`. Folders are written by `overwriting.written_folder`.
    """
    path = Path(path)
    unfinished = path.with_name(f"{uuid.uuid4().hex}.{path.name}")
    try:
        yield unfinished
        if path.is_dir():
            raise IsADirectoryError(f"A file can't be written to {str(path)!r}: a folder of that name stands there")
        os.replace(unfinished, path)
    finally:
        if unfinished.is_dir():
            shutil.rmtree(unfinished)
        else:
            unfinished.unlink(missing_ok=True)
