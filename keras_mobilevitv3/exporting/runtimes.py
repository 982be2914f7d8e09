"""Exported files in their own runtimes, on every backend."""

from keras_mobilevitv3.checks import check_choice
from keras_mobilevitv3.exporting.formats import FORMATS
from keras_mobilevitv3.exporting.require_packages import require_packages


def open_artefact(path, format, threads=None, one_by_one=True):
    """Opens an exported file in the runtime of its format.

    Args:
        path: Path of the file or folder.
        format: `"saved_model"`, `"litert"`, `"onnx"` or `"openvino"`.
        threads: Integer, CPU threads of the runtime, or `None` for its default. Not for SavedModels. Defaults to
            `None`.
        one_by_one: Boolean, whether a LiteRT file for one image, which is what `export` writes by default, is run once
            for each image of several, instead of an error. Defaults to `True`.

    Returns:
        Function from a float32 array of images, as the Keras model takes them, to a dict of NumPy arrays. For a file of
        a fixed batch size it raises `ValueError` on any other number of images.

    Raises:
        ValueError: If the format is another one.
        ImportError: If the runtime is not installed.
    """
    check_choice("format", format, FORMATS)
    require_packages(f"Running a file of the format {format!r}", [FORMATS[format].runtime])
    return FORMATS[format].open(str(path), threads, one_by_one)
