"""Fetches pretrained checkpoints into the cache, trying their sources in order."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock

from keras_mobilevitv3.weights.errors import DownloadError
from keras_mobilevitv3.weights.hub.catalogue import LICENSES, PretrainedWeights
from keras_mobilevitv3.weights.hub.release_archive import fetch_from_release
from keras_mobilevitv3.weights.hub.resumable_download import download

ACCEPT_LICENSE = "KERAS_MOBILEVITV3_ACCEPT_LICENSE"


def default_cache_folder() -> Path:
    """Returns `models/keras_mobilevitv3` in `$KERAS_HOME`, or in `~/.keras`."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras", "models", "keras_mobilevitv3")


def fetch(row: PretrainedWeights, cache_dir: str | os.PathLike | None = None) -> Path:
    """Returns the checkpoint of one row. Downloads the file unless the cache has it.

    Args:
        row: `PretrainedWeights`.
        cache_dir: String or `pathlib.Path` of the cache folder. Defaults to `default_cache_folder()`.

    Returns:
        `pathlib.Path` of the file.

    Raises:
        DownloadError: If no address gives the file. The message names every address with its cause.
    """
    return fetch_first([row], cache_dir)[0]


def fetch_first(
    rows: Sequence[PretrainedWeights], cache_dir: str | os.PathLike | None = None
) -> tuple[Path, PretrainedWeights]:
    """Returns the first checkpoint in the cache, or downloads the first one that a source gives.

    Args:
        rows: List of `PretrainedWeights`, the sources of one variant, in the order in which to try them.
        cache_dir: String or `pathlib.Path` of the cache folder. Defaults to `default_cache_folder()`.

    Returns:
        Pair of the `pathlib.Path` of the file and the row of the file.

    Raises:
        DownloadError: If no source gives a file. The message names every address with its cause.
    """
    folder = default_cache_folder() if cache_dir is None else Path(cache_dir)
    for row in rows:
        if (folder / row.filename).is_file():
            return folder / row.filename, row
    folder.mkdir(parents=True, exist_ok=True)
    failures: list[tuple[str, str]] = []
    announced: set[str] = set()
    for row in rows:
        try:
            return _fetch_locked(row, folder / row.filename, announced), row
        except DownloadError as error:
            failures += error.failures
    tried = "\n".join(f"- {address}: {cause}" for address, cause in failures)
    raise DownloadError(
        f"No source gave the weights of {', '.join(sorted({row.variant for row in rows}))}. Tried:\n{tried}\n"
        f'The cache folder is `{folder}`. To load a file that you downloaded yourself, use `weights="/path/to/file"`.',
        failures,
    )


def _fetch_locked(row, path, announced):
    """Downloads one row unless another process downloads it first.

    The operating system releases the lock when its process dies. `announced` holds the licences that were printed.
    """
    with FileLock(path.with_name(path.name + ".lock")):
        if path.is_file():
            return path
        if row.license not in announced and os.environ.get(ACCEPT_LICENSE) != "1":
            terms = LICENSES[row.license]
            print(f"The weights of {row.variant} are under the {terms.name}. See {terms.url}", file=sys.stderr)
            print(f"Set {ACCEPT_LICENSE}=1 to accept the terms without this notice.", file=sys.stderr)
        announced.add(row.license)
        if row.url is None:
            fetch_from_release(row, path)
        else:
            download(row.url, path, row.size, row.sha256)
    return path
