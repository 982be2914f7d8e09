"""Finds the metrics of the weights files of a training run in its log."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_mobilevitv3.checks import check_choice

BEST, LAST, LAST_RAW = "best.weights.h5", "last.weights.h5", "last_raw.weights.h5"


def best_epoch(log: Mapping[str, np.ndarray], monitor: str) -> int:
    """Returns the epoch, from 1, whose moving averages are in `best.weights.h5`.

    Args:
        log: Dict that `read_log` returned.
        monitor: String, metric by which the run chose the best averages: the lowest loss, or the highest value of
            another metric.

    Raises:
        ValueError: If the log lacks the metric.
    """
    check_choice("monitor", monitor, [name for name in log if name.startswith("val_")])
    find = np.nanargmin if monitor.endswith("loss") else np.nanargmax
    return int(log["epoch"][find(log[monitor])]) + 1


def result_rows(log: Mapping[str, np.ndarray], monitor: str) -> list[dict[str, Any]]:
    """Returns the evaluation metrics of the three weights files of a run, as rows of a table.

    Args:
        log: Dict that `read_log` returned.
        monitor: See `best_epoch`.

    Returns:
        List with one dict for each metric: `"metric"`, and the names of the files with the values or `NaN`. The
        monitored metric comes first.

    Raises:
        ValueError: If the log lacks the monitored metric.
    """
    best = int(np.flatnonzero(log["epoch"] == best_epoch(log, monitor) - 1)[0])
    names = [name for name in log if name.startswith("val_") and not name.startswith("val_raw_")]
    rows = []
    for name in sorted(names, key=lambda name: (name != monitor, name)):
        raw = log.get(name.replace("val_", "val_raw_", 1), [np.nan])
        values = {BEST: log[name][best], LAST: log[name][-1], LAST_RAW: raw[-1]}
        rows.append({"metric": name.removeprefix("val_"), **{file: float(value) for file, value in values.items()}})
    return rows
