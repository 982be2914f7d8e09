import hashlib
import os

import pytest

from keras_mobilevitv3.weights.errors import DownloadError
from keras_mobilevitv3.weights.hub.resumable_download import ATTEMPTS, download
from tests.weights.local_server import Page, closed_address

pytestmark = pytest.mark.once

DATA = os.urandom(300_000)


def only_file(path):
    return [entry.name for entry in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("chunked", [False, True])
def test_whole_file(server, tmp_path, chunked, capsys):
    server.pages["/w.pt"] = Page(DATA, chunked=chunked)
    path = tmp_path / "w.pt"
    download(server.url + "/w.pt", path, len(DATA), hashlib.sha256(DATA).hexdigest().upper())
    assert path.read_bytes() == DATA and only_file(path)
    assert server.requests == [("/w.pt", None)]
    assert chunked or "300000/300000" in capsys.readouterr().out


@pytest.mark.parametrize("etag", ["", '"one"', 'W/"weak"'])
def test_dropped_connection_is_resumed(server, tmp_path, etag):
    server.pages["/w.pt"] = Page(DATA, drops=[1000, 0, 150_000], etag=etag)
    download(server.url + "/w.pt", tmp_path / "w.pt")
    assert (tmp_path / "w.pt").read_bytes() == DATA and only_file(tmp_path / "w.pt")
    ranges = [None, "bytes=1000-", "bytes=1000-", "bytes=151000-"]
    assert server.requests == [("/w.pt", asked) for asked in ranges]


def test_dropped_connection_without_a_length_is_resumed_when_the_size_is_known(server, tmp_path):
    server.pages["/w.pt"] = Page(DATA, drops=[1000], chunked=True)
    download(server.url + "/w.pt", tmp_path / "w.pt", len(DATA))
    assert (tmp_path / "w.pt").read_bytes() == DATA


def test_server_without_ranges_starts_again(server, tmp_path):
    server.pages["/w.pt"] = Page(DATA, ranges=False, drops=[1000])
    download(server.url + "/w.pt", tmp_path / "w.pt")
    assert (tmp_path / "w.pt").read_bytes() == DATA
    assert server.requests == [("/w.pt", None), ("/w.pt", "bytes=1000-")]


def test_later_call_goes_on(server, tmp_path):
    server.pages["/w.pt"] = page = Page(DATA, drops=[1000] + [0] * (ATTEMPTS - 1))
    with pytest.raises(DownloadError, match=f"broke {ATTEMPTS} times.*received 1000 of 300000 bytes"):
        download(server.url + "/w.pt", tmp_path / "w.pt")
    assert not (tmp_path / "w.pt").exists() and len(server.requests) == ATTEMPTS and not page.drops
    download(server.url + "/w.pt", tmp_path / "w.pt")
    assert (tmp_path / "w.pt").read_bytes() == DATA and server.requests[-1] == ("/w.pt", "bytes=1000-")


def test_newer_file_is_not_joined_to_the_older(server, tmp_path):
    server.pages["/w.pt"] = Page(DATA, drops=[1000] + [0] * (ATTEMPTS - 1), etag='"one"')
    with pytest.raises(DownloadError):
        download(server.url + "/w.pt", tmp_path / "w.pt")
    server.pages["/w.pt"] = Page(DATA[::-1], etag='"two"')
    download(server.url + "/w.pt", tmp_path / "w.pt")
    assert (tmp_path / "w.pt").read_bytes() == DATA[::-1]


@pytest.mark.parametrize("shift", [-1, 1])
def test_range_from_another_byte_is_not_taken(server, tmp_path, shift):
    server.pages["/w.pt"] = Page(DATA, drops=[1000], shift=shift)
    download(server.url + "/w.pt", tmp_path / "w.pt")
    assert (tmp_path / "w.pt").read_bytes() == DATA


@pytest.mark.parametrize(("part", "requests"), [(DATA, 1), (DATA + b"longer", 2)])
def test_part_that_is_whole_or_too_long(server, tmp_path, part, requests):
    (tmp_path / "w.pt.part").write_bytes(part)
    server.pages["/w.pt"] = Page(DATA)
    download(server.url + "/w.pt", tmp_path / "w.pt")
    assert (tmp_path / "w.pt").read_bytes() == DATA and len(server.requests) == requests


@pytest.mark.parametrize("size", [len(DATA) - 1, len(DATA) + 1])
@pytest.mark.parametrize("chunked", [False, True])
def test_wrong_size(server, tmp_path, size, chunked):
    server.pages["/w.pt"] = Page(DATA, chunked=chunked)
    with pytest.raises(DownloadError, match=f"{size}.*300000|300000.*{size}"):
        download(server.url + "/w.pt", tmp_path / "w.pt", size)
    assert not (tmp_path / "w.pt").exists()


def test_wrong_hash(server, tmp_path):
    server.pages["/w.pt"] = Page(DATA)
    with pytest.raises(DownloadError, match="SHA-256 00"):
        download(server.url + "/w.pt", tmp_path / "w.pt", sha256="0" * 64)
    assert not (tmp_path / "w.pt").exists() and not (tmp_path / "w.pt.part").exists()


def test_addresses_that_fail_give_their_cause(server, tmp_path, monkeypatch):
    causes = {
        server.url + "/absent": "HTTP status 404 Not Found",
        closed_address() + "/w.pt": "refused",
        "file:///etc/hostname": "not an http or https address",
        "http://127.0.0.1:port/": "port",
    }
    for url, cause in causes.items():
        with pytest.raises(DownloadError, match=cause) as error:
            download(url, tmp_path / "w.pt")
        ((address, reason),) = error.value.failures
        assert address == url and reason and url in str(error.value)
    assert not list(tmp_path.iterdir())


def test_full_disk_is_no_download_error(server, tmp_path):
    server.pages["/w.pt"] = Page(DATA)
    (tmp_path / "w.pt.part").mkdir()
    with pytest.raises(OSError, match="part") as error:
        download(server.url + "/w.pt", tmp_path / "w.pt")
    assert not isinstance(error.value, DownloadError)
