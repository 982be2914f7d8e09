import os
import shutil
import uuid
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_write(path):
    """Gives a path beside `path`, with its suffixes, to write to; what is there takes the place of `path` at the end.

    After an error nothing is left of it, and a file or folder that was at `path` before is still there.

    Args:
        path: String or `pathlib.Path`, of a file or folder in an existing folder.
    """
    path = Path(path)
    unfinished = path.with_name(f"{uuid.uuid4().hex}.{path.name}")
    try:
        yield unfinished
        if unfinished.is_dir() and path.is_dir():
            shutil.rmtree(path)  # a folder cannot be replaced in one step
        os.replace(unfinished, path)
    finally:
        if unfinished.is_dir():
            shutil.rmtree(unfinished)
        else:
            unfinished.unlink(missing_ok=True)
