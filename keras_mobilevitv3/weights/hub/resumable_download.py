"""Downloads one file over HTTP. Resumes a broken download, and verifies the file before it gets its name."""

import hashlib
import http.client
import os
import re
import urllib.error
import urllib.request
from pathlib import Path

import keras

from keras_mobilevitv3.weights.errors import DownloadError

TIMEOUT = 30  # seconds without a byte
ATTEMPTS = 5
CHUNK = 1 << 18


class IncompleteError(Exception):
    """The connection ended before the file did."""


RETRIED = (IncompleteError, ConnectionError, TimeoutError, http.client.HTTPException)


def open_url(url: str, headers: dict[str, str] | None = None) -> http.client.HTTPResponse:
    """Returns the response to a GET of an http or https address.

    Args:
        url: String, the address.
        headers: Dict of more headers, or `None`. Defaults to `None`.

    Raises:
        urllib.error.URLError: If the address is of another kind or gives an error.
    """
    if not url.startswith(("http://", "https://")):
        raise urllib.error.URLError("not an http or https address")
    request = urllib.request.Request(url, headers={"User-Agent": "keras-mobilevitv3", **(headers or {})})
    return urllib.request.urlopen(request, timeout=TIMEOUT)


def failure(url: str, cause: BaseException | str) -> DownloadError:
    """Returns the `DownloadError` of one address.

    Args:
        url: String, the address.
        cause: Exception or string.
    """
    if isinstance(cause, urllib.error.HTTPError):
        cause.close()
        cause = f"HTTP status {cause.code} {cause.reason}"
    elif isinstance(cause, urllib.error.URLError):
        cause = cause.reason
    return DownloadError(f"{url}: {cause}", [(url, str(cause))])


def download(url: str, path: Path, size: int | None = None, sha256: str | None = None) -> None:
    """Downloads one file. The caller ensures that no other process downloads to the same path.

    After a dropped connection the received bytes stay in `<path>.part`. This call or a later one resumes from there.

    Args:
        url: String, http or https address.
        path: `pathlib.Path` of the file to write.
        size: Integer, size of the file in bytes. `None` where unknown. Defaults to `None`.
        sha256: String of hexadecimal digits. `None` where unknown. Defaults to `None`.

    Raises:
        DownloadError: If the address does not give the file, or gives another file.
    """
    part = path.with_name(path.name + ".part")
    validator = path.with_name(path.name + ".part.validator")
    try:
        _receive_all(url, part, validator, size)
    except urllib.error.URLError as error:
        raise failure(url, error) from error
    if sha256 is not None and _hash_of(part) != sha256.lower():
        part.unlink()
        raise failure(url, f"the file does not have the SHA-256 {sha256}")
    os.replace(part, path)
    validator.unlink(missing_ok=True)


def _receive_all(url, part, validator, size):
    for _ in range(ATTEMPTS):
        try:
            return _receive(url, part, validator, size)
        except RETRIED as error:
            cause = str(error) or type(error).__name__
    raise failure(url, f"the connection broke {ATTEMPTS} times, the last time with: {cause}")


def _receive(url, part, validator, size):
    """Appends the missing bytes to `part`. Writes the whole file if the server cannot resume or has a newer file."""
    start = part.stat().st_size if part.exists() else 0
    try:
        response = open_url(url, _range_headers(start, validator))
    except urllib.error.HTTPError as error:
        if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        error.close()
        if error.headers["Content-Range"] == f"bytes */{start}" and size in (None, start):
            return  # the part is whole and only lacks its name
        part.unlink(missing_ok=True)
        raise IncompleteError("the server cannot resume the download") from error
    with response:
        if response.status != http.HTTPStatus.PARTIAL_CONTENT:
            start = 0
            validator.write_text(_validator_of(response))
        elif not re.match(rf"bytes {start}-", response.headers["Content-Range"] or ""):
            part.unlink()
            raise IncompleteError("the server resumed at another byte")
        length = response.headers["Content-Length"] or ""
        total = start + int(length) if length.isdecimal() else None
        if size is not None and total not in (None, size):
            part.unlink(missing_ok=True)
            raise failure(url, f"expected {size} bytes, the server has {total}")
        received = _save(response, part, start, total)
    expected = total if size is None else size
    if expected not in (None, received):
        raise IncompleteError(f"received {received} of {expected} bytes")


def _range_headers(start, validator):
    if start == 0:
        return {}
    same = validator.read_text() if validator.exists() else ""
    return {"Range": f"bytes={start}-", **({"If-Range": same} if same else {})}


def _validator_of(response):
    """Returns a text that differs between versions of the file. A weak ETag may stay the same."""
    etag = response.headers["ETag"] or ""
    return etag if etag.startswith('"') else response.headers["Last-Modified"] or ""


def _save(response, part, start, total):
    """Writes the body after the first `start` bytes of a file. Returns the length of the file."""
    progress = keras.utils.Progbar(total, unit_name="byte")
    with open(part, "ab" if start else "wb") as file:
        while chunk := _next_chunk(response):
            file.write(chunk)
            start += len(chunk)
            progress.update(start)
    return start


def _next_chunk(response):
    try:
        return response.read1(CHUNK)
    except OSError as error:  # errors of reading only: another attempt cannot mend an error of writing
        raise IncompleteError(str(error)) from error


def _hash_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
