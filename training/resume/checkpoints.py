"""Writes and reads checkpoints, from which an interrupted run continues."""

import json
import logging
import os
import re
import zipfile
from pathlib import Path

import numpy as np

from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.weights.errors import CheckpointError

logger = logging.getLogger(__name__)
POSITION = "position"
UNFINISHED = re.compile(r"[0-9a-f]{32}\.step-\d+\.npz")  # the names that `atomic_write` gives


class Checkpoints:
    """The checkpoints of a run, `step-00001234.npz`, in one folder.

    `save` writes a checkpoint to a temporary file, moves the file to its place when it is complete and on the disk, and
    then removes older checkpoints. An interruption at any moment leaves the older ones whole. The files are NumPy's:
    NumPy verifies the checksum of every array that it reads.

    Args:
        folder: String or `os.PathLike`. `save` makes the folder if it does not exist.
        keep: Integer, number of checkpoints to keep. Defaults to `2`.
    """

    def __init__(self, folder: str | os.PathLike, keep: int = 2):
        self.folder = Path(folder)
        self.keep = keep

    def paths(self) -> list[Path]:
        """Returns the paths of the checkpoints, the newest first."""
        return sorted(self.folder.glob("step-*.npz"), reverse=True)

    def save(self, step: int, position: dict, arrays: dict[str, np.ndarray]) -> None:
        """Writes a checkpoint.

        Args:
            step: Integer, number of training steps taken.
            position: Dict that JSON can hold, the position in the run.
            arrays: Dict from name to NumPy array.

        Raises:
            CheckpointError: If the file cannot be written, for example because the disk is full.
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
                f"The checkpoint {str(path)!r} cannot be written: {error.strerror}. Older ones are whole: {kept}. Free "
                "disk space and start the same command again."
            ) from error
        paths = self.paths()
        newer = [other for other in paths if other.name > path.name]  # damaged: the run has continued from an older one
        for old in (*newer, *paths[len(newer) + self.keep :]):
            old.unlink(missing_ok=True)

    def remove_unfinished(self) -> None:
        """Removes the temporary files of killed processes. No other process may be writing a checkpoint."""
        for path in self.folder.glob("*.step-*.npz"):
            if UNFINISHED.fullmatch(path.name):
                path.unlink(missing_ok=True)

    def load(self) -> tuple[dict, dict[str, np.ndarray]] | None:
        """Reads the newest checkpoint that is whole. Logs a warning for each damaged one.

        Returns:
            Tuple of the position and the dict of arrays, or `None` if there is no checkpoint.

        Raises:
            CheckpointError: If all checkpoints of the folder are damaged.
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
