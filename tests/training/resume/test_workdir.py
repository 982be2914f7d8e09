import pytest

from training.resume.run_record import write_run_record
from training.resume.workdir import WRITTEN, check_workdir

pytestmark = pytest.mark.once


def test_a_new_folder_and_that_of_a_run(tmp_path):
    check_workdir(tmp_path / "new")
    (tmp_path / "notes.txt").write_text("of the user")
    (tmp_path / "logs").mkdir()
    check_workdir(tmp_path)
    (tmp_path / "run.json").write_text("{}")
    for name in WRITTEN[:4]:
        (tmp_path / name).write_text("of the run")
    check_workdir(tmp_path)


@pytest.mark.parametrize("name", [*WRITTEN, "run.json"])
def test_files_that_no_run_wrote(tmp_path, name):
    path = tmp_path / name / "step-00000001.npz" if name in ("checkpoints", "logs", "run.json") else tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("of the user")
    with pytest.raises(FileExistsError, match=f"has no run.json but '{name}', which a run would write to"):
        check_workdir(tmp_path)


def test_a_file(tmp_path):
    (tmp_path / "a").write_text("")
    with pytest.raises(FileExistsError, match="`workdir` must be a folder"):
        check_workdir(tmp_path / "a")


@pytest.mark.parametrize(("text", "words"), [("{", "a damaged"), ("[]", "no run wrote"), ('{"a": 1}', "no run wrote")])
def test_a_record_of_something_else(tmp_path, text, words):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(ValueError, match=f"`workdir` must be new, or of a run.*{words}"):
        write_run_record(tmp_path, {"seed": 1})
    assert (tmp_path / "run.json").read_text() == text
