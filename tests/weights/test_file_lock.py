import subprocess
import sys
import threading

import pytest

from keras_mobilevitv3.weights import file_lock as module
from keras_mobilevitv3.weights.file_lock import file_lock

pytestmark = pytest.mark.once

# The file alone is run, without the package: what it needs is in the standard library.
HOLD = "import runpy, sys; lock = runpy.run_path(sys.argv[1])['file_lock'](sys.argv[2]); lock.__enter__(); "
MOMENT = 0.05  # seconds in which a lock that does not hold would be taken


def start_waiting(path):
    acquired = threading.Event()

    def wait_for_lock():
        with file_lock(path):
            acquired.set()

    thread = threading.Thread(target=wait_for_lock)
    thread.start()
    return thread, acquired


def test_other_thread_waits(tmp_path):
    with file_lock(tmp_path / "a.lock"):
        thread, acquired = start_waiting(tmp_path / "a.lock")
        assert not acquired.wait(MOMENT)
    assert acquired.wait(30)
    thread.join()


def test_other_files_do_not_wait(tmp_path):
    with file_lock(tmp_path / "a.lock"), file_lock(tmp_path / "b.lock"):
        pass


def test_process_that_dies_gives_its_lock_back(tmp_path):
    command = [sys.executable, "-c", HOLD + "print('held', flush=True); sys.stdin.read()"]
    with subprocess.Popen(
        [*command, module.__file__, str(tmp_path / "a.lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"held\n"
        thread, acquired = start_waiting(tmp_path / "a.lock")
        assert not acquired.wait(MOMENT)
        process.kill()
        assert acquired.wait(30)
        thread.join()
