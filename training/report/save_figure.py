import warnings

from keras_mobilevitv3.array_types import FilePath
from keras_mobilevitv3.atomic_write import atomic_write

DOTS_PER_INCH = 160


def save_figure(figure, path: FilePath) -> None:
    """Writes a `matplotlib.figure.Figure` as a PNG file, completely or not at all."""
    with atomic_write(path) as unfinished, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)  # class names in a script the font lacks
        figure.savefig(unfinished, dpi=DOTS_PER_INCH, format="png")
