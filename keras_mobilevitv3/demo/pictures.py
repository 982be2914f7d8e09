"""Pictures of the results of the demo: confusion matrix, predictions, sample digits."""

import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_mobilevitv3.array_types import FilePath
from keras_mobilevitv3.atomic_write import atomic_write

GRID_ROWS, GRID_COLUMNS = 4, 8


def new_figure(size: tuple[float, float]) -> Any:
    """Creates a matplotlib figure without a display, and without a change to the global state of matplotlib.

    Args:
        size: Tuple `(width, height)` in inches.

    Raises:
        ImportError: If matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            "The demo needs matplotlib. Install it with `pip install keras-mobilevitv3[train]`"
        ) from error
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save_confusion_matrix(labels: np.ndarray, predicted: np.ndarray, names: Sequence[str], path: FilePath) -> None:
    """Writes a PNG file with the number of images of each true class (row) and predicted class (column).

    Args:
        labels: Integer array of shape `(count,)`, the true classes.
        predicted: Integer array of shape `(count,)`, the predicted classes.
        names: Sequence of class names.
        path: Path of the file.
    """
    counts: np.ndarray = np.zeros((len(names), len(names)), int)
    np.add.at(counts, (labels, predicted), 1)
    figure = new_figure((6, 5.5))
    axes = figure.add_subplot(xlabel="predicted", ylabel="true", title=f"{np.trace(counts)} of {counts.sum()} correct")
    axes.imshow(counts, cmap="Blues")
    axes.set_xticks(range(len(names)), names, rotation=45)
    axes.set_yticks(range(len(names)), names)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            color = "white" if count > counts.max() / 2 else "black"
            axes.text(column, row, count, ha="center", va="center", color=color)
    save_figure(figure, path)


def save_predictions(
    images: np.ndarray, labels: np.ndarray, scores: np.ndarray, names: Sequence[str], path: FilePath
) -> None:
    """Writes a PNG file with a grid of images and their predicted classes. Mistakes come first, with red titles.

    Args:
        images: Uint8 array of shape `(count, height, width, 3)`, RGB, 0-255.
        labels: Integer array of shape `(count,)`, the true classes.
        scores: Float array of shape `(count, classes)`, probabilities.
        names: Sequence of class names.
        path: Path of the file.
    """
    predicted = scores.argmax(axis=1)
    chosen = np.argsort(predicted == labels, kind="stable")[: GRID_ROWS * GRID_COLUMNS]
    figure = new_figure((1.4 * GRID_COLUMNS, 1.7 * GRID_ROWS))
    for position, index in enumerate(chosen, start=1):
        axes = figure.add_subplot(GRID_ROWS, GRID_COLUMNS, position)
        axes.imshow(images[index])
        axes.axis("off")
        title = f"{names[predicted[index]]} {scores[index].max():.0%}"
        if predicted[index] != labels[index]:
            title += f"\ntrue: {names[labels[index]]}"
        axes.set_title(title, fontsize=9, color="black" if predicted[index] == labels[index] else "red")
    save_figure(figure, path)


def save_figure(figure: Any, path: FilePath) -> None:
    """Writes a matplotlib figure to a file."""
    with atomic_write(path) as temporary_path:
        figure.savefig(temporary_path)


def save_samples(images: np.ndarray, labels: np.ndarray, classes: int, folder: pathlib.Path) -> None:
    """Writes the first image of each class as `digit_<class>.png`.

    Args:
        images: Uint8 array of shape `(count, height, width, 3)`, RGB, 0-255.
        labels: Integer array of shape `(count,)`.
        classes: Integer, number of classes.
        folder: `pathlib.Path` of the folder to write to.
    """
    from PIL import Image

    for label in range(classes):
        with atomic_write(folder / sample_name(label)) as temporary_path:
            Image.fromarray(images[np.flatnonzero(labels == label)[0]]).save(temporary_path)


def sample_name(label: int) -> str:
    """Returns the file name of the sample image of a class."""
    return f"digit_{label}.png"
