"""A lock on the folder of a run, which the operating system takes back when its process ends, however that dies."""

import contextlib
import errno
import logging
import os
import platform
from pathlib import Path

logger = logging.getLogger(__name__)
FILE = "run.lock"
HELD_BY_ANOTHER = {errno.EACCES, errno.EAGAIN, errno.EDEADLK}

if os.name == "nt":
    import msvcrt

    LOCKED_BYTE = 1 << 30  # behind the text, which others must read

    def _try_lock(file):
        file.seek(LOCKED_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _unlock(file):
        file.seek(LOCKED_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(file):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(file):
        fcntl.flock(file, fcntl.LOCK_UN)


class WorkdirInUseError(RuntimeError):
    """Another run trains in the folder."""


@contextlib.contextmanager
def run_lock(workdir):
    """Holds the lock of a folder while the block runs.

    The file `run.lock` has the process id and the host of the holder, for the message. It stays: removing it would let
    two processes hold two locks. On a file system without locks, a warning is logged and the block runs.

    Args:
        workdir: `pathlib.Path` of an existing folder.

    Raises:
        WorkdirInUseError: If another run holds the lock. The message names its process and host.
    """
    path = Path(workdir) / FILE
    with open(path, "a+", encoding="utf-8") as file:
        try:
            _try_lock(file)
        except OSError as error:
            if error.errno in HELD_BY_ANOTHER:
                raise WorkdirInUseError(
                    f"`workdir` must not be in use by another run. Received: {str(workdir)!r}, in which "
                    f"{_holder(path)} trains"
                ) from error
            logger.warning("The folder of the run can't be locked, don't start another run in it: %s", error)
            yield
            return
        try:
            file.truncate(0)
            file.write(f"process {os.getpid()} on {platform.node()}\n")
            file.flush()
            yield
        finally:
            file.truncate(0)
            _unlock(file)


def _holder(path):
    """What the file says, or, in the moment before its holder has written to it, that there is one."""
    return path.read_text(encoding="utf-8").strip() or "another process"
