"""Pictures of how well the network does."""

import numpy as np

from keras_mobilevitv3.atomic_write import atomic_write

GRID_ROWS, GRID_COLUMNS = 4, 8


def new_figure(size):
    """A matplotlib figure that needs no screen and leaves the global state of matplotlib alone."""
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


def save_confusion_matrix(labels, predicted, names, path):
    """Writes a PNG with the number of test images of each class (rows) that were given each class (columns).

    Args:
        labels: Integer array of shape `(count,)`, the true classes.
        predicted: Integer array of shape `(count,)`.
        names: Sequence of class names.
        path: Path of the file.
    """
    counts = np.zeros((len(names), len(names)), int)
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


def save_predictions(images, labels, scores, names, path):
    """Writes a PNG with a grid of test images under their predicted class, all mistakes first, in red.

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


def save_figure(figure, path):
    with atomic_write(path) as unfinished:
        figure.savefig(unfinished)


def save_samples(images, labels, classes, folder):
    """Writes the first image of each class as `digit_<class>.png`.

    Args:
        images: Uint8 array of shape `(count, height, width, 3)`, RGB, 0-255.
        labels: Integer array of shape `(count,)`.
        classes: Integer, number of classes.
        folder: `pathlib.Path`.
    """
    from PIL import Image

    for label in range(classes):
        with atomic_write(folder / sample_name(label)) as unfinished:
            Image.fromarray(images[np.flatnonzero(labels == label)[0]]).save(unfinished)


def sample_name(label):
    return f"digit_{label}.png"
