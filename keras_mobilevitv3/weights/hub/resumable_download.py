"""One file over HTTP: resumed where it broke off, checked, and under its name only when it is whole."""

import hashlib
import http.client
import os
import re
import urllib.error
import urllib.request

import keras

from keras_mobilevitv3.weights.errors import DownloadError

TIMEOUT = 30  # seconds without a byte
ATTEMPTS = 5
CHUNK = 1 << 18


class IncompleteError(Exception):
    """The connection ended before the file did."""


RETRIED = (IncompleteError, ConnectionError, TimeoutError, http.client.HTTPException)


def open_url(url, headers=None):
    """The response to a GET of an address, which must be http or https."""
    if not url.startswith(("http://", "https://")):
        raise urllib.error.URLError("not an http or https address")
    request = urllib.request.Request(url, headers={"User-Agent": "keras-mobilevitv3", **(headers or {})})
    return urllib.request.urlopen(request, timeout=TIMEOUT)


def failure(url, cause):
    """The `DownloadError` of one address."""
    if isinstance(cause, urllib.error.HTTPError):
        cause.close()
        cause = f"HTTP status {cause.code} {cause.reason}"
    elif isinstance(cause, urllib.error.URLError):
        cause = cause.reason
    return DownloadError(f"{url}: {cause}", [(url, str(cause))])


def download(url, path, size=None, sha256=None):
    """Download one file. The caller sees to it that no other process downloads it to the same path.

    What a dropped connection leaves is kept in `<path>.part`, from where this call, or a later one, goes on.

    Args:
        url: String, http or https address.
        path: `pathlib.Path` of the file to write.
        size: Integer, its bytes. `None` where unknown.
        sha256: String of hexadecimal digits. `None` where unknown.

    Raises:
        DownloadError: if the address does not give the file, or gives another one.
    """
    part = path.with_name(path.name + ".part")
    validator = path.with_name(path.name + ".part.validator")
    try:
        receive_all(url, part, validator, size)
    except urllib.error.URLError as error:
        raise failure(url, error) from error
    if sha256 is not None and hash_of(part) != sha256.lower():
        part.unlink()
        raise failure(url, f"the file does not have the SHA-256 {sha256}")
    os.replace(part, path)
    validator.unlink(missing_ok=True)


def receive_all(url, part, validator, size):
    for _ in range(ATTEMPTS):
        try:
            return receive(url, part, validator, size)
        except RETRIED as error:
            cause = str(error) or type(error).__name__
    raise failure(url, f"the connection broke {ATTEMPTS} times, the last time with: {cause}")


def receive(url, part, validator, size):
    """Add to `part` what it lacks, or write all of it where the server cannot resume or has a newer file."""
    start = part.stat().st_size if part.exists() else 0
    try:
        response = open_url(url, range_headers(start, validator))
    except urllib.error.HTTPError as error:
        if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        error.close()
        if error.headers["Content-Range"] == f"bytes */{start}" and size in (None, start):
            return  # it was whole, only not renamed yet
        part.unlink(missing_ok=True)
        raise IncompleteError("the server cannot resume the download") from error
    with response:
        if response.status != http.HTTPStatus.PARTIAL_CONTENT:
            start = 0
            validator.write_text(validator_of(response))
        elif not re.match(rf"bytes {start}-", response.headers["Content-Range"] or ""):
            part.unlink()
            raise IncompleteError("the server resumed at another byte")
        length = response.headers["Content-Length"] or ""
        total = start + int(length) if length.isdecimal() else None
        if size is not None and total not in (None, size):
            part.unlink(missing_ok=True)
            raise failure(url, f"expected {size} bytes, the server has {total}")
        received = save(response, part, start, total)
    expected = total if size is None else size
    if expected not in (None, received):
        raise IncompleteError(f"received {received} of {expected} bytes")


def range_headers(start, validator):
    if start == 0:
        return {}
    same = validator.read_text() if validator.exists() else ""
    return {"Range": f"bytes={start}-", **({"If-Range": same} if same else {})}


def validator_of(response):
    """What tells this version of the file from a later one; a weak ETag does not."""
    etag = response.headers["ETag"] or ""
    return etag if etag.startswith('"') else response.headers["Last-Modified"] or ""


def save(response, part, start, total):
    """Write the body behind the first `start` bytes of a file. Returns the length of the file."""
    progress = keras.utils.Progbar(total, unit_name="byte")
    with open(part, "ab" if start else "wb") as file:
        while chunk := next_chunk(response):
            file.write(chunk)
            start += len(chunk)
            progress.update(start)
    return start


def next_chunk(response):
    try:
        return response.read1(CHUNK)
    except OSError as error:  # apart from the errors of writing, which no further attempt would mend
        raise IncompleteError(str(error)) from error


def hash_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
