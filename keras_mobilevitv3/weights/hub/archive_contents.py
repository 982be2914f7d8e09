"""Remembers which folders the archives of a release hold, so that a later fetch starts with the right archive."""

import contextlib
import json
from collections.abc import Iterable
from pathlib import Path

from keras_mobilevitv3.atomic_write import atomic_write

CONTENTS_FILE = "release_archives.json"


class ArchiveContents:
    """The folders of every archive that was opened, in a JSON file.

    The file maps the name of an archive to its size and its folders. It only saves downloads: a missing or damaged file
    counts as empty, and a file that cannot be written stays as it is.

    Args:
        path: `pathlib.Path` of the JSON file, in an existing folder.
    """

    def __init__(self, path: Path):
        self.path = path

    def folders_in(self, name: str, size: int | None) -> list | None:
        """Returns the folders of an archive.

        Args:
            name: String, the name of the archive.
            size: Integer, its size in bytes, or `None`. An archive of another size is another archive.

        Returns:
            List of folder names, or `None` if the archive was never opened.
        """
        entry = self._read().get(name)
        if not isinstance(entry, dict) or entry.get("size") != size or not isinstance(entry.get("folders"), list):
            return None
        return entry["folders"]

    def remember(self, name: str, size: int | None, folders: Iterable[str]) -> None:
        """Adds an archive, or replaces the archive of that name.

        Args:
            name: String, the name of the archive.
            size: Integer, its size in bytes, or `None`.
            folders: Names of the folders that hold a checkpoint.
        """
        entries = self._read() | {name: {"size": size, "folders": sorted(folders)}}
        with contextlib.suppress(OSError), atomic_write(self.path) as unfinished:
            unfinished.write_text(json.dumps(entries, indent=1), encoding="utf-8")

    def _read(self):
        try:
            entries = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return entries if isinstance(entries, dict) else {}
