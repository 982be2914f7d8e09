import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

import keras_mobilevitv3
from keras_mobilevitv3.weights.errors import DownloadError
from keras_mobilevitv3.weights.hub.catalogue import sources
from keras_mobilevitv3.weights.hub.download import ACCEPT_LICENSE, default_cache_folder, fetch, fetch_first
from tests.weights.hub.test_release_archive import MEMBER, publish, zip_of
from tests.weights.local_server import Page, closed_address

pytestmark = pytest.mark.once

DATA = bytes(range(256)) * 400

# A process that fetches one file. It takes this package's files without its other imports, so that it starts at once.
FETCH = """
import sys, types
sys.modules["keras"] = keras = types.ModuleType("keras")
keras.utils = types.SimpleNamespace(Progbar=lambda *arguments, **options: types.SimpleNamespace(update=print))
for name in ["", ".weights"]:
    sys.modules["keras_mobilevitv3" + name] = package = types.ModuleType("keras_mobilevitv3" + name)
    package.__path__ = [sys.argv[1] + name.replace(".", "/")]
from keras_mobilevitv3.weights.hub.download import fetch
from keras_mobilevitv3.weights.hub.catalogue import PretrainedWeights
print("ready", flush=True)
fetch(PretrainedWeights("mobilevitv3_s", "pt", "rgb", 0.0, "micron", url=sys.argv[2]), sys.argv[3])
"""


@pytest.fixture
def row(server):
    server.pages["/w.pdparams"] = Page(DATA)
    return replace(sources("mobilevitv3_xs")[0], url=server.url + "/w.pdparams")


def test_cache_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert default_cache_folder() == tmp_path / "models" / "keras_mobilevitv3"
    monkeypatch.delenv("KERAS_HOME")
    assert default_cache_folder() == Path.home() / ".keras" / "models" / "keras_mobilevitv3"


def test_file_is_downloaded_once_to_the_default_folder(server, row, monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    paths = {fetch(row), fetch(row)}
    assert paths == {tmp_path / "models" / "keras_mobilevitv3" / "w.pdparams"}
    assert paths.pop().read_bytes() == DATA and len(server.requests) == 1


def test_folder_can_be_chosen(row, tmp_path):
    assert fetch(row, str(tmp_path / "a" / "b")) == tmp_path / "a" / "b" / "w.pdparams"


def test_size_and_hash_of_the_row_are_checked(row, tmp_path):
    for wrong in ({"size": 5}, {"sha256": "0" * 64}):
        with pytest.raises(DownloadError):
            fetch(replace(row, **wrong), tmp_path)
        assert not (tmp_path / "w.pdparams").exists()


def test_checkpoint_of_a_release(server, tmp_path):
    row = publish(server, {"imagenet.zip": zip_of({MEMBER: DATA})})
    assert fetch(row, tmp_path) == tmp_path / "mobilevitv3_XS_e300_7671.pt"
    assert (tmp_path / "mobilevitv3_XS_e300_7671.pt").read_bytes() == DATA


def test_sources_are_tried_in_order(server, row, tmp_path):
    broken = replace(row, url=server.url + "/absent.pdparams")
    last = replace(row, url=server.url + "/last.pdparams")
    path, used = fetch_first([broken, row, last], tmp_path)
    assert path == tmp_path / "w.pdparams" and used is row
    assert [path for path, _ in server.requests] == ["/absent.pdparams", "/w.pdparams"]


def test_cached_source_is_taken_before_any_download(server, row, tmp_path):
    other = replace(row, url=closed_address() + "/other.pdparams")
    fetch(row, tmp_path)
    path, used = fetch_first([other, row], tmp_path)
    assert path == tmp_path / "w.pdparams" and used is row and len(server.requests) == 1


def test_error_names_every_address_the_cache_and_the_way_out(server, tmp_path):
    copy, official = sources("mobilevitv3_xs")
    rows = [replace(copy, url=closed_address() + "/a.pdparams"), replace(official, release=server.url + "/release")]
    with pytest.raises(DownloadError) as error:
        fetch_first(rows, tmp_path)
    message = str(error.value)
    assert "weights of mobilevitv3_xs" in message and str(tmp_path) in message
    assert f"{rows[0].url}: " in message and "refused" in message
    assert f"{rows[1].release}: HTTP status 404" in message
    assert 'weights="/path/to/file"' in message
    assert isinstance(error.value, OSError) and len(error.value.failures) == 2


def test_license_is_told_once_per_download(server, row, monkeypatch, tmp_path, capsys):
    monkeypatch.delenv(ACCEPT_LICENSE, raising=False)
    broken = replace(row, url=server.url + "/absent.pdparams")
    fetch_first([broken, row], tmp_path)
    notice = capsys.readouterr().err
    assert notice.count("https://github.com/micronDLA/MobileViTv3") == 1 and "non-commercial" in notice
    fetch_first([broken, row], tmp_path)
    assert capsys.readouterr().err == ""


def test_license_notice_is_silenced(row, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv(ACCEPT_LICENSE, "1")
    fetch(row, tmp_path)
    assert capsys.readouterr().err == ""


def start_fetching(server, folder):
    """Starts a process that fetches `/w.pt`."""
    package = str(Path(keras_mobilevitv3.__file__).parent)
    command = [sys.executable, "-c", FETCH, package, server.url + "/w.pt", str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_two_processes_download_once(server, tmp_path):
    gate = threading.Event()
    server.pages["/w.pt"] = Page(DATA, gate=gate)
    processes = [start_fetching(server, tmp_path) for _ in range(2)]
    try:
        assert [process.stdout.readline() for process in processes] == [b"ready\n", b"ready\n"]
        assert not (tmp_path / "w.pt").exists()
    finally:
        gate.set()
        errors = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert (tmp_path / "w.pt").read_bytes() == DATA and server.requests == [("/w.pt", None)]
    assert sorted(error.count(b"licence") for error in errors) == [0, 1]


def test_a_killed_process_releases_its_lock(server, tmp_path):
    server.pages["/w.pt"] = Page(DATA, gate=(gate := threading.Event()))
    row = replace(sources("mobilevitv3_xs")[0], url=server.url + "/w.pt")
    with start_fetching(server, tmp_path) as process:
        while not server.requests and process.poll() is None:
            time.sleep(0.01)
        with pytest.raises(Timeout):  # the process holds the lock while it downloads
            FileLock(tmp_path / "w.pt.lock").acquire(blocking=False)
        process.kill()
    gate.set()
    assert fetch(row, tmp_path).read_bytes() == DATA and len(server.requests) == 2
