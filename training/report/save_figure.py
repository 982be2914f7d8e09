import warnings

from keras_mobilevitv3.array_types import FilePath
from keras_mobilevitv3.atomic_write import atomic_write


def save_figure(figure, path: FilePath) -> None:
    """Writes a `matplotlib.figure.Figure` as a PNG file, completely or not at all."""
    with atomic_write(path) as unfinished, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)  # class names in a script the font lacks
        figure.savefig(unfinished, format="png")
