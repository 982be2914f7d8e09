"""Locks the folder of a run. The operating system releases the lock when the process ends, however it ends."""

import contextlib
import logging
import os
import platform
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

logger = logging.getLogger(__name__)
LOCK_FILE = "run.lock"
HOLDER_FILE = "run.holder"  # apart from the lock file, which other processes cannot read on Windows


class WorkdirInUseError(RuntimeError):
    """Another run trains in the same folder."""


@contextlib.contextmanager
def run_lock(workdir: str | os.PathLike) -> Iterator[None]:
    """Holds the lock of a folder while the block runs.

    While the lock is held, the file `run.holder` names the process and the host of the holder for the error message. On
    a file system without locks, a warning is logged and the block runs.

    Args:
        workdir: String or `pathlib.Path` of an existing folder.

    Raises:
        WorkdirInUseError: If another run holds the lock. The message names its process and host.
    """
    lock, holder = FileLock(Path(workdir, LOCK_FILE)), Path(workdir, HOLDER_FILE)
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise WorkdirInUseError(
            f"`workdir` must not be in use by another run. Received: {str(workdir)!r}, in which "
            f"{_read_holder(holder)} trains"
        ) from error
    except OSError as error:
        logger.warning("The folder of the run cannot be locked. Do not start another run in the folder: %s", error)
    try:
        if lock.is_locked:
            holder.write_text(f"process {os.getpid()} on {platform.node()}\n", encoding="utf-8")
        yield
    finally:
        if lock.is_locked:
            holder.unlink(missing_ok=True)
            lock.release()


def _read_holder(path):
    """Returns the text of the holder, or a general name in the moment between its lock and its text."""
    try:
        return path.read_text(encoding="utf-8").strip() or "another process"
    except OSError:
        return "another process"
