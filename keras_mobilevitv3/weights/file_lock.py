"""A lock between processes that the operating system releases when its holder dies."""

import contextlib
import os

if os.name == "nt":
    import msvcrt

    def acquire(file):
        while True:
            try:
                return msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
            except OSError:  # it gives up after ten seconds; a download takes longer
                continue

    def release(file):
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def acquire(file):
        fcntl.flock(file, fcntl.LOCK_EX)

    def release(file):
        fcntl.flock(file, fcntl.LOCK_UN)


@contextlib.contextmanager
def file_lock(path):
    """Hold the lock of a path while the block runs, waiting for it as long as another process or thread has it.

    Args:
        path: `pathlib.Path` of the lock file. It stays, as removing it would let two processes hold two locks.
    """
    with open(path, "ab") as file:
        acquire(file)
        try:
            yield
        finally:
            release(file)
