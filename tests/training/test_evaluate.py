"""The command `training.evaluate`."""

import pytest

from training.evaluate import main

pytestmark = pytest.mark.once


def test_a_folder_without_a_run(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--recipe", "digits", "--workdir", str(tmp_path)])
    assert stop.value.code == 2
    assert f"--workdir must be the folder of a run, with its run.json. Received: {tmp_path}" in capsys.readouterr().err


def test_weights_or_a_run(capsys):
    with pytest.raises(SystemExit):
        main(["--recipe", "digits"])
    assert "one of the arguments --workdir --weights is required" in capsys.readouterr().err
