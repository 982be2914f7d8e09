import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from training.resume.run_lock import WorkdirInUseError, run_lock

pytestmark = pytest.mark.once

HOLDER = """
import sys
from training.resume.run_lock import run_lock
with run_lock(sys.argv[1]):
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_a_second_run_of_the_same_process(tmp_path):
    with run_lock(tmp_path):
        words = f"{tmp_path.name}', in which process {os.getpid()} on {platform.node()} trains"
        with pytest.raises(WorkdirInUseError, match=words), run_lock(tmp_path):
            pass
        assert (tmp_path / "run.holder").read_text()  # the refused run leaves the file of the holder alone
    with run_lock(tmp_path):
        pass
    assert not (tmp_path / "run.holder").exists()


def test_the_lock_ends_with_its_process(tmp_path):
    root = Path(__file__).parents[3]
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "locked\n"
    with pytest.raises(WorkdirInUseError, match=f"process {process.pid} on "), run_lock(tmp_path):
        pass
    process.kill()
    process.communicate()
    with run_lock(tmp_path):
        assert (tmp_path / "run.holder").read_text() == f"process {os.getpid()} on {platform.node()}\n"


def test_a_holder_that_has_not_written_its_name(tmp_path):
    with run_lock(tmp_path):
        (tmp_path / "run.holder").unlink()
        with pytest.raises(WorkdirInUseError, match="in which another process trains"), run_lock(tmp_path):
            pass


def test_a_file_system_without_locks(tmp_path, monkeypatch, caplog):
    def refuse(file, operation):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", refuse)
    with run_lock(tmp_path):
        assert not (tmp_path / "run.holder").exists()
    assert "Do not start another run in the folder: [Errno 95]" in caplog.text
