"""A checkpoint in one of the archives of a GitHub release, whose names are asked for and never guessed."""

import contextlib
import gzip
import json
import os
import re
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath

from keras_mobilevitv3.weights.errors import DownloadError
from keras_mobilevitv3.weights.hub.resumable_download import RETRIED, download, failure, open_url

CHECKPOINT = "checkpoint_ema_best.pt"
ARCHIVES = (".zip", ".tar.gz", ".tgz", ".tar")
# Words that the name of an archive may have for a data set.
TASK_WORDS = {
    "imagenet": ("imagenet", "classification"),
    "pascal_voc": ("voc", "segmentation", "deeplab"),
    "ade20k": ("ade20k", "segmentation", "deeplab"),
    "coco": ("coco", "detection", "ssd"),
}
MAX_LISTING = 10_000_000
MAX_CHECKPOINT = 2**31
CHUNK = 1 << 20
DAMAGED = (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, RuntimeError)


class NoCheckpointError(Exception):
    """An archive is whole, and what is looked for is not in it."""


@dataclass(frozen=True)
class Asset:
    """One archive of a release."""

    name: str
    url: str
    size: int | None = None
    sha256: str | None = None


def fetch_from_release(row, path):
    """Download the archives of a release one by one until one has the checkpoint, and keep only that.

    Args:
        row: `PretrainedWeights` with `release` and `folder`.
        path: `pathlib.Path` of the checkpoint to write.

    Raises:
        DownloadError: with the cause for each address, if no archive gives the checkpoint.
    """
    failures = []
    assets = list_archives(row.release)
    for asset in sorted(assets, key=lambda asset: -likelihood(asset.name, row)):
        archive = path.with_name(f"{path.name}.{re.sub('[^A-Za-z0-9._-]', '_', asset.name)}")
        try:
            download(asset.url, archive, asset.size, asset.sha256)
            extract(archive, row.folder, path)
            return
        except DownloadError as error:
            failures += error.failures
        except DAMAGED as error:
            failures.append((asset.url, f"a damaged archive: {error}"))
        except NoCheckpointError as error:
            failures.append((asset.url, str(error)))
        finally:
            archive.unlink(missing_ok=True)
    raise DownloadError(f"{row.release}: no {row.folder}", failures or [(row.release, "a release without archives")])


def list_archives(url):
    """The archives of a release, from the GitHub API."""
    try:
        with open_url(url, {"Accept": "application/vnd.github+json"}) as response:
            assets = json.loads(response.read(MAX_LISTING))["assets"]
        return [asset_of(entry) for entry in assets if entry["name"].lower().endswith(ARCHIVES)]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, *RETRIED) as error:
        raise failure(url, error if isinstance(error, OSError) else f"not the listing of a release: {error}") from error


def asset_of(entry):
    algorithm, _, digest = (entry.get("digest") or "").partition(":")
    return Asset(
        name=str(entry["name"]),
        url=str(entry["browser_download_url"]),
        size=entry["size"] if type(entry.get("size")) is int else None,
        sha256=digest if algorithm == "sha256" else None,
    )


def likelihood(name, row):
    """How much the name of an archive says that the checkpoint of a row is in it."""
    name = name.lower()
    squeezed = re.sub("[^a-z0-9]", "", name)
    named = [row.folder, row.variant]
    score = 4 * any(re.sub("[^a-z0-9]", "", text.lower()) in squeezed for text in named)
    own = TASK_WORDS[row.dataset]
    score += 2 * any(word in name for word in own)
    return score - any(word in name for words in TASK_WORDS.values() for word in words if word not in own)


def extract(archive, folder, path):
    """Write the checkpoint of `folder`, at any depth of a zip or tar archive, to `path`.

    Only the content is taken, never a name, a link or a mode, so an archive cannot write anywhere else.
    """
    part = path.with_name(path.name + ".part")
    try:
        with open_member(archive, folder) as source, open(part, "wb") as target:
            left = MAX_CHECKPOINT
            while chunk := source.read(CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise tarfile.TarError(f"{folder}/{CHECKPOINT} is longer than {MAX_CHECKPOINT} bytes")
                target.write(chunk)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


@contextlib.contextmanager
def open_member(archive, folder):
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            names = (name for name in opened.namelist() if is_checkpoint(name, folder))
            with opened.open(first(names, folder)) as member:
                yield member
    else:
        with tarfile.open(archive) as opened:
            members = (entry for entry in opened if entry.isreg() and is_checkpoint(entry.name, folder))
            with opened.extractfile(first(members, folder)) as member:
                yield member


def first(found, folder):
    for member in found:
        return member
    raise NoCheckpointError(f"an archive without {folder}/{CHECKPOINT}")


def is_checkpoint(name, folder):
    return PurePosixPath(name.replace("\\", "/")).parts[-2:] == (folder, CHECKPOINT)
