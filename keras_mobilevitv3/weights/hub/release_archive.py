"""Fetches a checkpoint from the archives of a GitHub release.

The table of checkpoints has the name of the folder and of the file. The names of the archives are listed at run time.
"""

import contextlib
import gzip
import json
import re
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.weights.errors import DownloadError
from keras_mobilevitv3.weights.hub.archive_contents import CONTENTS_FILE, ArchiveContents
from keras_mobilevitv3.weights.hub.catalogue import RELEASE_FILE, PretrainedWeights
from keras_mobilevitv3.weights.hub.resumable_download import RETRIED, download, failure, open_url

SUFFIXES = (".zip", ".tar.gz", ".tgz", ".tar")
MAX_LISTING = 10_000_000
MAX_CHECKPOINT = 2**31
CHUNK = 1 << 20
DAMAGED = (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, RuntimeError)


@dataclass(frozen=True)
class Asset:
    """One archive of a release."""

    name: str
    url: str
    size: int | None = None
    sha256: str | None = None


def fetch_from_release(row: PretrainedWeights, path: Path) -> None:
    """Downloads the archives of a release one by one until one holds the checkpoint, and keeps only the checkpoint.

    The folder of `path` also gets a file that lists the contents of each opened archive. The next fetch starts with the
    archive that is known to hold the checkpoint, then takes the archives named like its folder.

    Args:
        row: `PretrainedWeights` with `release` and `folder`.
        path: `pathlib.Path` of the checkpoint to write.

    Raises:
        DownloadError: If no archive gives the checkpoint. The error has the cause for each address.
    """
    contents = ArchiveContents(path.with_name(CONTENTS_FILE))
    failures = []
    for asset in sorted(_list_archives(row.release), key=lambda asset: _rank(asset, row.folder, contents)):
        archive = path.with_name(f"{path.name}.{re.sub('[^A-Za-z0-9._-]', '_', asset.name)}")
        try:
            download(asset.url, archive, asset.size, asset.sha256)
            with _open_checkpoints(archive) as checkpoints:
                contents.remember(asset.name, asset.size, checkpoints)
                if row.folder in checkpoints:
                    with checkpoints[row.folder]() as source:
                        _write_checkpoint(source, path)
                    return
            failures.append((asset.url, f"an archive without {row.folder}/{RELEASE_FILE}"))
        except DownloadError as error:
            failures += error.failures
        except DAMAGED as error:
            failures.append((asset.url, f"a damaged archive: {error}"))
        finally:
            archive.unlink(missing_ok=True)
    raise DownloadError(f"{row.release}: no {row.folder}", failures or [(row.release, "a release without archives")])


def _list_archives(url):
    """Returns the archives of a release, in the order of the GitHub API."""
    try:
        with open_url(url, {"Accept": "application/vnd.github+json"}) as response:
            assets = json.loads(response.read(MAX_LISTING))["assets"]
        return [_asset_of(entry) for entry in assets if entry["name"].lower().endswith(SUFFIXES)]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, *RETRIED) as error:
        raise failure(url, error if isinstance(error, OSError) else f"not the listing of a release: {error}") from error


def _asset_of(entry):
    algorithm, _, digest = (entry.get("digest") or "").partition(":")
    return Asset(
        name=str(entry["name"]),
        url=str(entry["browser_download_url"]),
        size=entry["size"] if type(entry.get("size")) is int else None,
        sha256=digest if algorithm == "sha256" else None,
    )


def _rank(asset, folder, contents):
    """Returns the place of an archive in the order of download; archives of one rank keep the order of the listing."""
    folders = contents.folders_in(asset.name, asset.size)
    if folders is not None:
        return 0 if folder in folders else 3  # last instead of never: the remembered contents may be out of date
    name = asset.name.lower()
    return 1 if name in {f"{folder.lower()}{suffix}" for suffix in SUFFIXES} else 2


@contextlib.contextmanager
def _open_checkpoints(archive):
    """Opens a zip or tar archive. Yields a dict from each folder with a checkpoint to a function that opens the file.

    A checkpoint may lie at any depth. Links are left out.
    """
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            names = opened.namelist()
            yield {folder: partial(opened.open, name) for name in names if (folder := _checkpoint_folder(name))}
    else:
        with tarfile.open(archive) as opened:
            files = [entry for entry in opened if entry.isreg()]
            yield {
                folder: partial(opened.extractfile, entry)
                for entry in files
                if (folder := _checkpoint_folder(entry.name))
            }


def _checkpoint_folder(name):
    """Returns the name of the folder that a checkpoint lies in, or `None` for any other file."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return parts[-2] if len(parts) > 1 and parts[-1] == RELEASE_FILE else None


def _write_checkpoint(source, path):
    """Writes the content of an open file to `path`. An archive can choose neither the name nor the mode of the file."""
    with atomic_write(path) as unfinished, open(unfinished, "wb") as target:
        left = MAX_CHECKPOINT
        while chunk := source.read(CHUNK):
            left -= len(chunk)
            if left < 0:
                raise tarfile.TarError(f"{RELEASE_FILE} is longer than {MAX_CHECKPOINT} bytes")
            target.write(chunk)
