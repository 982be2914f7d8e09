import io
import json
import tarfile
import zipfile
from dataclasses import replace

import pytest

from keras_mobilevitv3.weights.errors import DownloadError
from keras_mobilevitv3.weights.hub.archive_contents import CONTENTS_FILE
from keras_mobilevitv3.weights.hub.catalogue import sources
from keras_mobilevitv3.weights.hub.release_archive import fetch_from_release
from tests.weights.local_server import Page, closed_address

pytestmark = pytest.mark.once

FOLDER = "mobilevitv3_XS_e300_7671"
MEMBER = f"{FOLDER}/checkpoint_ema_best.pt"
DATA = bytes(range(256)) * 40


def zip_of(members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def tar_of(members, mode="w:gz"):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            if isinstance(data, str):
                entry.type, entry.linkname = tarfile.SYMTYPE, data
            else:
                entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data) if isinstance(data, bytes) else None)
    return file.getvalue()


def publish(server, archives, **extra):
    """Put archives on the server and their listing where the row that is returned looks for it."""
    assets = []
    for name, data in archives.items():
        server.pages[f"/files/{name}"] = Page(data)
        assets.append({"name": name, "size": len(data), "browser_download_url": f"{server.url}/files/{name}", **extra})
    server.pages["/release"] = Page(json.dumps({"tag_name": "v1.0.0", "assets": assets}).encode())
    return replace(sources("mobilevitv3_xs")[1], release=server.url + "/release")


def downloaded(server):
    """Names of the archives that were downloaded since the last call."""
    names = [path.removeprefix("/files/") for path, _ in server.requests if path.startswith("/files/")]
    server.requests.clear()
    return names


def files_of(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("prefix", ["", "a/", "../../", "/absolute/"])
@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("weights.zip", zip_of),
        ("weights.tar.gz", tar_of),
        ("weights.tgz", tar_of),
        ("WEIGHTS.TAR", lambda members: tar_of(members, "w")),
    ],
)
def test_checkpoint_at_any_depth_and_nothing_else(server, tmp_path, name, make, prefix):
    members = {"other/checkpoint_ema_best.pt": b"no", f"{prefix}{FOLDER}/config.yaml": b"no", prefix + MEMBER: DATA}
    row = publish(server, {name: make(members)})
    (tmp_path / "cache").mkdir()
    fetch_from_release(row, tmp_path / "cache" / "w.pt")
    assert files_of(tmp_path) == {"cache/w.pt", f"cache/{CONTENTS_FILE}"}
    assert (tmp_path / "cache" / "w.pt").read_bytes() == DATA


@pytest.mark.parametrize("name", [f"{FOLDER}.zip", f"{FOLDER.upper()}.ZIP", f"{FOLDER.lower()}.tar.gz"])
def test_an_archive_named_like_the_folder_comes_first(server, tmp_path, name):
    archive = zip_of({MEMBER: DATA})
    row = publish(server, {"imagenet.zip": b"", "notes.txt": b"", f"{FOLDER}_all.zip": b"", name: archive})
    fetch_from_release(row, tmp_path / "w.pt")
    assert downloaded(server) == [name]


@pytest.fixture
def two_networks(server, tmp_path):
    """Rows of two networks whose archive is the last of three. The first network is in the cache."""
    other = sources("mobilevitv3_xxs")[1]
    archive = zip_of({MEMBER: DATA, f"{other.folder}/checkpoint_ema_best.pt": DATA[::-1]})
    row = publish(server, {"a.zip": zip_of({}), "b.zip": zip_of({}), "c.zip": archive})
    fetch_from_release(row, tmp_path / "w.pt")
    assert downloaded(server) == ["a.zip", "b.zip", "c.zip"]
    return row, replace(other, release=row.release)


def test_a_later_fetch_goes_to_the_right_archive(server, tmp_path, two_networks):
    fetch_from_release(two_networks[1], tmp_path / "v.pt")
    assert downloaded(server) == ["c.zip"] and (tmp_path / "v.pt").read_bytes() == DATA[::-1]


def test_an_archive_of_another_size_is_another_archive(server, tmp_path, two_networks):
    row = publish(server, {"c.zip": zip_of({}), "a.zip": zip_of({}), "b.zip": zip_of({MEMBER: DATA})})
    fetch_from_release(row, tmp_path / "v.pt")
    assert downloaded(server) == ["c.zip", "b.zip"] and (tmp_path / "v.pt").read_bytes() == DATA


def test_contents_that_are_out_of_date_cost_downloads_only(server, tmp_path, two_networks):
    path = tmp_path / CONTENTS_FILE
    remembered = json.loads(path.read_text())
    remembered["a.zip"]["folders"], remembered["c.zip"]["folders"] = remembered["c.zip"]["folders"], []
    path.write_text(json.dumps(remembered))
    fetch_from_release(two_networks[1], tmp_path / "v.pt")
    assert downloaded(server) == ["a.zip", "b.zip", "c.zip"] and (tmp_path / "v.pt").read_bytes() == DATA[::-1]
    fetch_from_release(two_networks[1], tmp_path / "u.pt")
    assert downloaded(server) == ["c.zip"]


@pytest.mark.parametrize("damage", [b"", b"\xff", b"[" * 100_000, b"[]", b'{"c.zip": 3}', b'{"c.zip": {"size": 1}}'])
def test_a_damaged_file_of_contents_counts_as_empty(server, tmp_path, two_networks, damage):
    (tmp_path / CONTENTS_FILE).write_bytes(damage)
    fetch_from_release(two_networks[1], tmp_path / "v.pt")
    assert downloaded(server) == ["a.zip", "b.zip", "c.zip"]
    fetch_from_release(two_networks[1], tmp_path / "u.pt")
    assert downloaded(server) == ["c.zip"]


def test_a_file_of_contents_that_cannot_be_written(server, tmp_path):
    (tmp_path / CONTENTS_FILE).mkdir()
    row = publish(server, {"a.zip": zip_of({MEMBER: DATA})})
    fetch_from_release(row, tmp_path / "w.pt")
    assert files_of(tmp_path) == {"w.pt"}


def test_archives_are_tried_one_by_one(server, tmp_path):
    archives = {"imagenet.zip": zip_of({"other/a": b""}), "b.zip": b"no zip", "c.tar": tar_of({MEMBER: DATA}, "w")}
    row = publish(server, archives)
    fetch_from_release(row, tmp_path / "w.pt")
    assert downloaded(server) == ["imagenet.zip", "b.zip", "c.tar"]
    assert files_of(tmp_path) == {"w.pt", CONTENTS_FILE}


def test_every_failure_is_told(server, tmp_path):
    damaged = bytearray(zip_of({MEMBER: DATA}))
    damaged[100] ^= 0xFF
    archives = {
        "a.zip": zip_of({f"{FOLDER}/config.yaml": b""}),
        "b.tar.gz": tar_of({MEMBER: DATA})[:-40],
        "c.zip": bytes(damaged),
        "d.tar": tar_of({MEMBER: "/etc/hostname"}, "w"),
        "e.zip": b"",
    }
    row = publish(server, archives)
    del server.pages["/files/e.zip"]
    with pytest.raises(DownloadError) as error:
        fetch_from_release(row, tmp_path / "w.pt")
    causes = {address.rsplit("/", 1)[-1]: cause for address, cause in error.value.failures}
    expected = {"a.zip": "without", "b.tar.gz": "damaged", "c.zip": "damaged", "d.tar": "without", "e.zip": "404"}
    assert causes.keys() == expected.keys() and files_of(tmp_path) == {CONTENTS_FILE}
    assert all(cause in causes[name] for name, cause in expected.items())


@pytest.mark.parametrize("digest", ["sha256:" + "0" * 64, "sha512:" + "0" * 128, None])
def test_digest_is_checked_if_it_is_sha256(server, tmp_path, digest):
    row = publish(server, {"a.zip": zip_of({MEMBER: DATA})}, digest=digest)
    if digest and digest.startswith("sha256"):
        with pytest.raises(DownloadError, match="no mobilevitv3_XS"):
            fetch_from_release(row, tmp_path / "w.pt")
    else:
        fetch_from_release(row, tmp_path / "w.pt")
    assert (tmp_path / "w.pt").exists() == (digest is None or digest.startswith("sha512"))


def test_listing_cannot_name_paths_or_local_files(server, tmp_path):
    row = publish(server, {"a.zip": zip_of({MEMBER: DATA})})
    listing = json.loads(server.pages["/release"].data)
    listing["assets"][0]["name"] = "../../../a.zip"
    server.pages["/release"] = Page(json.dumps(listing).encode())
    (tmp_path / "x" / "y").mkdir(parents=True)
    fetch_from_release(row, tmp_path / "x" / "y" / "w.pt")
    assert files_of(tmp_path) == {"x/y/w.pt", f"x/y/{CONTENTS_FILE}"}
    listing["assets"][0]["browser_download_url"] = "file:///etc/hostname"
    server.pages["/release"] = Page(json.dumps(listing).encode())
    with pytest.raises(DownloadError) as error:
        fetch_from_release(row, tmp_path / "v.pt")
    assert error.value.failures == (("file:///etc/hostname", "not an http or https address"),)


@pytest.mark.parametrize(
    ("listing", "cause"),
    [
        (b"<html>", "not the listing"),
        (b"[]", "not the listing"),
        (b'{"assets": [3]}', "not the listing"),
        (b'{"assets": [{"name": "a.zip"}]}', "not the listing"),
        (b'{"assets": []}', "without archives"),
    ],
)
def test_wrong_listing(server, tmp_path, listing, cause):
    row = publish(server, {})
    server.pages["/release"] = Page(listing)
    with pytest.raises(DownloadError) as error:
        fetch_from_release(row, tmp_path / "w.pt")
    ((address, reason),) = error.value.failures
    assert address == row.release and cause in reason


def test_listing_out_of_reach(tmp_path):
    row = replace(sources("mobilevitv3_xs")[1], release=closed_address() + "/release")
    with pytest.raises(DownloadError, match="refused"):
        fetch_from_release(row, tmp_path / "w.pt")
