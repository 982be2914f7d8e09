import re

import numpy as np
import pytest

from tests.training.report.pictures import picture
from tests.training.report.runs import CLASSIFIER, LOG
from training.report.class_scores import average_precision_rows
from training.report.report import write_report

MATRIX = np.array([[8, 2, 0], [0, 9, 0], [0, 3, 0]])
PICTURES, TABLES = {"curves.png", "confusion_matrix.png"}, {"per_class.md", "per_class.csv"}


@pytest.fixture
def workdir(tmp_path):
    (tmp_path / "log.csv").write_text(LOG)
    (tmp_path / "run.json").write_text("{}")
    return tmp_path


@pytest.fixture
def blank_pictures(monkeypatch):
    """Empty pictures, which take no time to draw."""
    for name in ("draw_curves", "draw_confusion_matrix"):
        monkeypatch.setattr(f"training.report.report.{name}", lambda *arguments: arguments[-1].write_bytes(b""))


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_writes_pictures_tables_and_the_card(workdir):
    path = write_report(workdir, CLASSIFIER, "val_top1", matrix=MATRIX)
    assert path == workdir / "report" / "README.md"
    assert names(path.parent) == {"README.md", "classes.txt", *PICTURES, *TABLES}
    assert all(picture(path.parent / name).std() > 5 for name in PICTURES)
    assert (path.parent / "classes.txt").read_text() == "cat\ndog\nowl\n"
    assert "| cat | 10 | 1.0000 | 0.8000 | 0.8889 |" in (path.parent / "per_class.md").read_text()
    text = path.read_text("utf-8")
    assert "| owl | dog | 3 |\n| cat | dog | 2 |\n" in text
    links = re.findall(r"\]\((?!https)([^)]+)\)", text)
    assert len(links) >= 8
    assert all((path.parent / link).exists() for link in links)


def test_replaces_an_earlier_report(workdir, blank_pictures):
    write_report(workdir, CLASSIFIER, "val_top1", matrix=MATRIX)
    (workdir / "report" / "notes.txt").write_text("mine")
    assert names(workdir / "report") == {"README.md", "classes.txt", "notes.txt", *PICTURES, *TABLES}
    (workdir / "log.csv").write_text("")
    path = write_report(workdir, CLASSIFIER, "val_top1")
    assert names(path.parent) == {"README.md", "classes.txt", "notes.txt"}


def test_rows_of_a_detector_need_no_matrix(workdir, blank_pictures):
    rows = average_precision_rows({"cat": 0.5, "dog": -1, "owl": 0.25})
    path = write_report(workdir, CLASSIFIER, "val_loss", figures={"AP": 0.375}, rows=rows)
    assert names(path.parent) == {"README.md", "classes.txt", "curves.png", *TABLES}
    assert (path.parent / "per_class.csv").read_text() == "class,AP\ncat,0.5\ndog,\nowl,0.25\n"
    assert "| AP | 0.3750 |" in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"monitor": "val_map"}, "`monitor` must be one of"), ({"matrix": np.eye(2, dtype=int)}, "`class_names` must be")],
)
def test_wrong_arguments_leave_an_earlier_report(workdir, arguments, message):
    (workdir / "report").mkdir()
    (workdir / "report" / "README.md").write_text("before")
    with pytest.raises(ValueError, match=message):
        write_report(workdir, CLASSIFIER, **{"monitor": "val_top1", **arguments})
    assert {path.read_text() for path in (workdir / "report").iterdir()} == {"before"}


def test_a_run_without_a_log_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="log.csv"):
        write_report(tmp_path, CLASSIFIER, "val_top1")
    assert list(tmp_path.iterdir()) == []
