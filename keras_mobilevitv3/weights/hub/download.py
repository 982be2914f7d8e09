"""Fetches pretrained checkpoints to the cache, trying their sources in order."""

import os
import sys
from pathlib import Path

from keras_mobilevitv3.weights.errors import DownloadError
from keras_mobilevitv3.weights.file_lock import file_lock
from keras_mobilevitv3.weights.hub.catalogue import LICENSES
from keras_mobilevitv3.weights.hub.release_archive import fetch_from_release
from keras_mobilevitv3.weights.hub.resumable_download import download

ACCEPT_LICENSE = "KERAS_MOBILEVITV3_ACCEPT_LICENSE"


def default_cache_folder():
    """`models/keras_mobilevitv3` in `$KERAS_HOME`, or in `~/.keras`."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras", "models", "keras_mobilevitv3")


def fetch(row, cache_dir=None):
    """The checkpoint of one row, downloaded unless it is in the cache.

    Args:
        row: `PretrainedWeights`.
        cache_dir: String or `pathlib.Path`, the folder to keep it in. Defaults to `default_cache_folder()`.

    Returns:
        `pathlib.Path` of the file.

    Raises:
        DownloadError: naming every address tried with the cause.
    """
    return fetch_first([row], cache_dir)[0]


def fetch_first(rows, cache_dir=None):
    """The first checkpoint to be had: of the cached ones, else of those that can be downloaded.

    Args:
        rows: List of `PretrainedWeights`, the sources of one variant, in the order in which to try them.
        cache_dir: String or `pathlib.Path`, the folder to keep it in. Defaults to `default_cache_folder()`.

    Returns:
        Pair of the `pathlib.Path` of the file and the row it is of.

    Raises:
        DownloadError: naming every address tried with the cause.
    """
    folder = default_cache_folder() if cache_dir is None else Path(cache_dir)
    for row in rows:
        if (folder / row.filename).is_file():
            return folder / row.filename, row
    folder.mkdir(parents=True, exist_ok=True)
    failures, licenses = [], set()
    for row in rows:
        try:
            return fetch_locked(row, folder / row.filename, licenses), row
        except DownloadError as error:
            failures += error.failures
    tried = "\n".join(f"- {address}: {cause}" for address, cause in failures)
    raise DownloadError(
        f"No source gave the weights of {', '.join(sorted({row.variant for row in rows}))}. Tried:\n{tried}\n"
        f'The cache folder is `{folder}`. A file fetched by hand is loaded with `weights="/path/to/file"`.',
        failures,
    )


def fetch_locked(row, path, licenses):
    """Download a row unless another process does so first; `licenses` are those that the user has been told of."""
    with file_lock(path.with_name(path.name + ".lock")):
        if path.is_file():
            return path
        if row.license not in licenses and os.environ.get(ACCEPT_LICENSE) != "1":
            terms = LICENSES[row.license]
            print(f"The weights of {row.variant} are under the {terms.name}. See {terms.url}", file=sys.stderr)
            print(f"Set {ACCEPT_LICENSE}=1 to accept it without this notice.", file=sys.stderr)
        licenses.add(row.license)
        if row.url is None:
            fetch_from_release(row, path)
        else:
            download(row.url, path, row.size, row.sha256)
    return path
