"""The files from which a run goes on after an interruption."""

import json
import logging
import os
import re
import zipfile
from pathlib import Path

import numpy as np

from keras_mobilevitv3.atomic_write import atomic_write

logger = logging.getLogger(__name__)
POSITION = "position"
UNFINISHED = re.compile(r"[0-9a-f]{32}\.step-\d+\.npz")  # as `atomic_write` names them


class CheckpointError(RuntimeError):
    """A checkpoint could not be written, or does not belong to the run."""


class Checkpoints:
    """The checkpoints of a run, `step-00001234.npz`, in one folder.

    A checkpoint is written to a file of another name that is moved to its place when it is complete and on the disk,
    and only then are older ones removed, so an interruption at any moment leaves those before. The files are NumPy's;
    reading one checks the checksum of every array.

    Args:
        folder: String or `os.PathLike`; it is made if it is not there.
        keep: Integer, how many to keep. Defaults to `2`.
    """

    def __init__(self, folder, keep=2):
        self.folder = Path(folder)
        self.keep = keep

    def paths(self):
        """List of `pathlib.Path` of the checkpoints, the newest first."""
        return sorted(self.folder.glob("step-*.npz"), reverse=True)

    def save(self, step, position, arrays):
        """Writes a checkpoint.

        Args:
            step: Integer, steps of training behind it.
            position: Dict for JSON.
            arrays: Dict from name to NumPy array.

        Raises:
            CheckpointError: If it cannot be written, as when the disk is full.
        """
        path = self.folder / f"step-{step:08}.npz"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with atomic_write(path) as unfinished, open(unfinished, "wb") as file:
                np.savez(file, **{POSITION: np.array(json.dumps(position))}, **arrays)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            kept = ", ".join(each.name for each in self.paths()) or "none"
            raise CheckpointError(
                f"The checkpoint {str(path)!r} cannot be written: {error.strerror}. Older ones are whole: {kept}. Make "
                "room and start the same command again."
            ) from error
        paths = self.paths()
        newer = [other for other in paths if other.name > path.name]  # damaged ones, before which the run went on
        for old in (*newer, *paths[len(newer) + self.keep :]):
            old.unlink(missing_ok=True)

    def remove_unfinished(self):
        """Removes what killed processes left of checkpoints that they were writing. No other may be writing now."""
        for path in self.folder.glob("*.step-*.npz"):
            if UNFINISHED.fullmatch(path.name):
                path.unlink(missing_ok=True)

    def load(self):
        """Reads the newest checkpoint that is whole; damaged ones are named in the log.

        Returns:
            Tuple of the position and the dict of arrays, or `None` if there is no checkpoint.

        Raises:
            CheckpointError: If there are checkpoints and all are damaged.
        """
        for path in self.paths():
            try:
                with np.load(path) as file:
                    arrays = {name: file[name] for name in file.files}
                position = json.loads(str(arrays.pop(POSITION)))
                position["epoch"], position["step"]
                return position, arrays
            except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
                logger.warning("Skipped a damaged checkpoint: %s (%s)", path, error)
        if self.paths():
            raise CheckpointError(
                f"All checkpoints in {str(self.folder)!r} are damaged: remove the folder to start from the beginning."
            )
        return None
