"""Writes the folder `report` of a training run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_mobilevitv3.array_types import FilePath
from keras_mobilevitv3.atomic_write import atomic_write
from training.report.card import FILES, training_card
from training.report.class_scores import per_class
from training.report.confusion_matrix import most_confused
from training.report.curves import draw_curves, read_log
from training.report.draw_confusion_matrix import draw_confusion_matrix
from training.report.results import BEST, best_epoch
from training.report.table import write_csv, write_markdown
from training.report.trained_run import TrainedRun

FOLDER = "report"
CONFUSED_PAIRS = 5


def write_report(
    workdir: FilePath,
    run: TrainedRun,
    monitor: str,
    weights: str = BEST,
    figures: Mapping[str, float] | None = None,
    matrix: np.ndarray | None = None,
    rows: Sequence[Mapping[str, Any]] | None = None,
) -> Path:
    """Writes the folder `report` of a training run, or replaces the files of an earlier report.

    The folder gets `README.md` (the card), `classes.txt`, `curves.png` if `log.csv` has epochs, `confusion_matrix.png`
    if there is a matrix, and `per_class.md` and `per_class.csv` if there is a matrix or there are rows.

    Args:
        workdir: Path of the folder of the run, with `log.csv`.
        run: `TrainedRun`.
        monitor: String, metric by which the run chose the best averages, such as `"val_top1"`.
        weights: String, name of the weights file to which the next three arguments belong. Defaults to
            `"best.weights.h5"`.
        figures: Dict of further evaluation results, such as COCO's, or `None`. Defaults to `None`.
        matrix: Array that `confusion_matrix` returned for a classifier, or `None`. Defaults to `None`.
        rows: Sequence of dicts, the scores of each class, see `class_scores`. Defaults to `None`, which stands for the
            rows of `per_class` if there is a matrix, and for no table otherwise.

    Returns:
        `pathlib.Path` of the card.

    Raises:
        FileNotFoundError: If the folder has no `log.csv`.
        ValueError: If an argument does not fit the run.
    """
    workdir = Path(workdir)
    log = read_log(workdir / "log.csv")
    if log:
        best_epoch(log, monitor)  # raises before an earlier report is removed
    if rows is None and matrix is not None:
        rows = per_class(matrix, run.class_names)
    folder = workdir / FOLDER
    folder.mkdir(exist_ok=True)
    _remove_earlier(folder)
    _write_text(folder / "classes.txt", "".join(f"{' '.join(name.split())}\n" for name in run.class_names))
    if log:
        draw_curves(log, folder / "curves.png")
    if matrix is not None:
        draw_confusion_matrix(matrix, run.class_names, folder / "confusion_matrix.png")
    if rows:
        write_markdown(rows, folder / "per_class.md")
        write_csv(rows, folder / "per_class.csv")
    files = [name for name in FILES if (workdir / name).exists()]
    confused = () if matrix is None else most_confused(matrix, run.class_names, CONFUSED_PAIRS)
    _write_text(folder / "README.md", training_card(run, log, monitor, files, weights, figures, confused))
    return folder / "README.md"


def _remove_earlier(folder):
    """Removes the files of an earlier report, because the new report may not replace all of them."""
    for name in FILES:
        if name.startswith(f"{FOLDER}/"):
            (folder.parent / name).unlink(missing_ok=True)


def _write_text(path, text):
    with atomic_write(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")
