import io
import json
import tarfile
import zipfile
from dataclasses import replace

import pytest

from keras_mobilevitv3.weights.errors import DownloadError
from keras_mobilevitv3.weights.hub.catalogue import sources
from keras_mobilevitv3.weights.hub.release_archive import fetch_from_release, likelihood
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
    return [path for path, _ in server.requests if path.startswith("/files/")]


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
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "cache" / "w.pt"]
    assert (tmp_path / "cache" / "w.pt").read_bytes() == DATA


def test_likely_archives_come_first_and_one_is_enough(server, tmp_path):
    archive = zip_of({MEMBER: DATA})
    row = publish(server, {"MobileViTv3_coco.zip": b"", "notes.txt": b"", "other.zip": b"", f"{FOLDER}.zip": archive})
    fetch_from_release(row, tmp_path / "w.pt")
    assert downloaded(server) == [f"/files/{FOLDER}.zip"]


def test_order_of_names():
    row = sources("mobilevitv3_100")[1]
    names = ["coco_1_0_0.zip", "all.zip", "imagenet1k.zip", "MobileViTv3-1.0.0.zip", "mobilevitv3_1_0_0_imagenet.zip"]
    scores = [likelihood(name, row) for name in names]
    assert scores == sorted(scores) and len(set(scores)) == len(scores)
    (row,) = sources("mobilevitv3_100", "coco")
    assert likelihood("coco.zip", row) > likelihood("all.zip", row) > likelihood("imagenet1k.zip", row)


def test_archives_are_tried_one_by_one(server, tmp_path):
    archives = {"imagenet.zip": zip_of({"other/a": b""}), "b.zip": b"no zip", "c.tar": tar_of({MEMBER: DATA}, "w")}
    row = publish(server, archives)
    fetch_from_release(row, tmp_path / "w.pt")
    assert downloaded(server) == ["/files/imagenet.zip", "/files/b.zip", "/files/c.tar"]
    assert [path.name for path in tmp_path.iterdir()] == ["w.pt"]


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
    assert causes.keys() == expected.keys() and not list(tmp_path.iterdir())
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
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / "x" / "y" / "w.pt"]
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
