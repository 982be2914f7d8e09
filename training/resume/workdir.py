"""Checks the folder of a run, which may contain files of this run, but no other files that the run would replace."""

import os
from pathlib import Path

RECORD = "run.json"
WRITTEN = ("log.csv", "best.weights.h5", "last.weights.h5", "last_raw.weights.h5", "checkpoints", "logs", "report")


def check_workdir(workdir):
    """Checks that a run may start or continue in a folder.

    Args:
        workdir: String or `pathlib.Path` of a folder, which need not exist.

    Raises:
        FileExistsError: If the path is a file, or if the folder has no `run.json` but contains a file or folder that a
            run would write.
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
