"""Draws the log of a training run."""

import csv

import numpy as np

from keras_mobilevitv3.array_types import FilePath
from training.report.save_figure import save_figure

LEARNING_RATE = "learning_rate"
# Prefix in the log, label and line of each curve. The prefixes are tried in this order.
CURVES = (
    ("val_raw_", "evaluation, weights", {"color": "#c2701c", "linestyle": "--"}),
    ("val_", "evaluation, moving averages", {"color": "#0f766e"}),
    ("", "training", {"color": "#9a9a9a"}),
)


def read_log(path: FilePath) -> dict[str, np.ndarray]:
    """Reads a file of Keras' `CSVLogger`.

    Args:
        path: Path of the CSV file.

    Returns:
        Dict from column to float64 NumPy array of shape `(epochs,)`, with `"epoch"` (from 0) first. Missing values and
        values that are not numbers are `NaN`. A line with more or fewer values than the first line has `NaN` except for
        its epoch, because a resumed run appends lines without naming their columns. Of lines of the same epoch, the
        last one counts. An empty file gives an empty dict. A column without any number is left out.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If the first column is not `epoch`.
    """
    with open(path, newline="", encoding="utf-8") as file:
        header, *lines = list(csv.reader(file)) or [[]]
    if not header:
        return {}
    if header[0] != "epoch":
        raise ValueError(f"The first column of {str(path)!r} must be 'epoch'. Received: {header[0]!r}")
    rows = {}
    for line in lines:
        values = [_number(value) for value in line]
        if values and not np.isnan(values[0]):
            rows[values[0]] = values if len(values) == len(header) else [values[0]] + [np.nan] * (len(header) - 1)
    table = np.array([rows[epoch] for epoch in sorted(rows)], "float64").reshape(len(rows), len(header))
    return {name: column for name, column in zip(header, table.T) if not np.isnan(column).all()}


def draw_curves(log: dict[str, np.ndarray], path: FilePath) -> None:
    """Draws the losses, the metrics and the learning rate of a training run to a PNG file.

    Each metric has one panel, with the curves of training (`top1`), of the moving averages (`val_top1`) and of the
    weights (`val_raw_top1`). Epochs are numbered from 1.

    Args:
        log: Dict that `read_log` returned.
        path: Path of the PNG file.

    Raises:
        ValueError: If the log has no epoch or no metric.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    panels = _panels(log)
    if not panels:
        raise ValueError(f"`log` must have an epoch and a metric. Received: the columns {list(log)}")
    columns = 2 if len(panels) == 4 else min(len(panels), 3)
    rows = -(-len(panels) // columns)
    figure = Figure((5 * columns, 3.6 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, (metric, curves) in zip(grid, panels.items()):
        for name, label, style in curves:
            axes.plot(log["epoch"] + 1, log[name], label=label, marker="o", markersize=3, **style)
        axes.set_title(metric.replace("_", " "))
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.25)
        if metric != LEARNING_RATE:
            axes.legend(frameon=False, fontsize=8)
    for axes in grid[len(panels) :]:
        axes.remove()
    save_figure(figure, path)


def _panels(log):
    """Returns a dict from each metric, the loss first and the learning rate last, to its columns, labels and lines."""
    panels = {}
    for name in log:
        if name == "epoch":
            continue
        prefix, label, style = next(curve for curve in CURVES if name.startswith(curve[0]))
        panels.setdefault(name.removeprefix(prefix), []).append((name, label, style))
    order = sorted(panels, key=lambda metric: (metric == LEARNING_RATE, metric != "loss", metric))
    return {metric: sorted(panels[metric], key=lambda curve: curve[0]) for metric in order}


def _number(text):
    try:
        return float(text)
    except ValueError:  # "NA" and lists
        return np.nan
