"""What a run may find in its folder: nothing that it writes, or its own files."""

import os
from pathlib import Path

RECORD = "run.json"
WRITTEN = ("log.csv", "best.weights.h5", "last.weights.h5", "last_raw.weights.h5", "checkpoints", "logs", "report")


def check_workdir(workdir):
    """Checks that a run may begin or go on in a folder.

    Args:
        workdir: String or `pathlib.Path` of a folder, which need not exist.

    Raises:
        FileExistsError: If it is a file, or has a file or folder of a name that a run writes but no `run.json`, so that
            it is not of a run.
    """
    workdir = Path(workdir)
    if os.path.lexists(workdir) and not workdir.is_dir():
        raise FileExistsError(f"`workdir` must be a folder. Received: {str(workdir)!r}, which is a file")
    record = workdir / RECORD
    if record.is_file():
        return
    for path in (record, *(workdir / name for name in WRITTEN)):
        if os.path.lexists(path) and not (path.is_dir() and not any(path.iterdir())):
            raise FileExistsError(
                f"`workdir` must be new, or the folder of a run. Received: {str(workdir)!r}, which has no {RECORD} but "
                f"{path.name!r}, which a run would write to"
            )
