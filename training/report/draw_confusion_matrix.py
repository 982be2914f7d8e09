"""Draws a confusion matrix."""

from collections.abc import Sequence

import numpy as np

from keras_mobilevitv3.array_types import FilePath
from keras_mobilevitv3.checks import check_strings
from training.report.confusion_matrix import most_confused
from training.report.save_figure import save_figure

MOST_CLASSES_WITH_NAMES = 30
MOST_CELLS = 250  # in a row; smaller cells would be invisible
LONGEST_NAME = 24
PAIRS_IN_LIST = 40
DARK_SHARE = 0.35  # cells above this share are dark, and their text is white


def draw_confusion_matrix(matrix: np.ndarray, class_names: Sequence[str], path: FilePath) -> None:
    """Draws a confusion matrix to a PNG file.

    The color of a cell is its share of the images of its row. Up to 30 classes have their names at the axes and the
    counts in the cells. More classes have numbers at the axes, and a list of the most confused pairs next to the
    matrix. Above 250 classes, a cell stands for a few neighboring classes and shows their largest share.

    Args:
        matrix: Integer array of shape `(classes, classes)` that `confusion_matrix` returned.
        class_names: Sequence of strings, one for each class.
        path: Path of the PNG file.

    Raises:
        ValueError: If the number of names differs from the number of classes.
    """
    from matplotlib.figure import Figure

    count = len(matrix)
    check_strings("class_names", class_names, count)
    has_names = count <= MOST_CLASSES_WITH_NAMES
    side = 2.5 + max(2.0, 0.45 * count) if has_names else 9.0  # inches
    figure = Figure((side + 1.0 if has_names else 14.0, side), layout="constrained")
    if has_names:
        axes = figure.add_subplot()
        names = [short_name(name) for name in class_names]
        axes.set_xticks(range(count), names, rotation=90 if count > 4 else 0, parse_math=False)
        axes.set_yticks(range(count), names, parse_math=False)
    else:
        axes, listing = figure.subplots(1, 2, width_ratios=(9, 5))
        _list_pairs(listing, matrix, class_names)
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    _draw_cells(figure, axes, shares)
    if has_names:
        _write_counts(axes, matrix, shares)
    save_figure(figure, path)


def short_name(name: str) -> str:
    """Returns a class name in one line of at most 24 characters."""
    name = " ".join(name.split())
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def short_count(count: int) -> str:
    """Returns a count in at most six characters: `"12345"`, `"123k"`, `"1.23M"`."""
    if count < 100_000:
        return str(count)
    return f"{count / 1e3:.0f}k" if count < 999_500 else f"{count / 1e6:.3g}M"


def _draw_cells(figure, axes, shares):
    from matplotlib.colors import PowerNorm

    cells, end = _largest_of_neighbors(shares), len(shares) - 0.5
    norm = PowerNorm(0.5, 0, 1)  # the square root makes rare confusions visible
    image = axes.imshow(cells, cmap="Blues", norm=norm, interpolation="nearest", extent=(-0.5, end, end, -0.5))
    figure.colorbar(image, ax=axes, label="share of the images of the true class", shrink=0.8)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")


def _largest_of_neighbors(shares):
    """Returns at most 250 x 250 cells, each the largest share of a block of neighboring classes."""
    starts = np.arange(0, len(shares), -(-len(shares) // MOST_CELLS))
    return np.maximum.reduceat(np.maximum.reduceat(shares, starts, axis=0), starts, axis=1)


def _write_counts(axes, matrix, shares):
    for row, column in np.argwhere(matrix):
        color = "white" if shares[row, column] > DARK_SHARE else "black"
        text = short_count(int(matrix[row, column]))
        axes.text(column, row, text, ha="center", va="center", fontsize=8, color=color)


def _list_pairs(axes, matrix, class_names):
    pairs = most_confused(matrix, class_names, PAIRS_IN_LIST)
    lines = [f"{count}  {short_name(actual)} → {short_name(predicted)}" for actual, predicted, count in pairs]
    text = "\n".join(["Most confused: images, true class → predicted class", "", *(lines or ["none"])])
    axes.axis("off")
    axes.text(0, 1, text, va="top", fontsize=9, linespacing=1.6, parse_math=False, in_layout=False)
