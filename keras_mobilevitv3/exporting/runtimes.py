"""Runs exported files in their own runtimes, on every backend."""

from keras_mobilevitv3.array_types import FilePath
from keras_mobilevitv3.checks import check_choice
from keras_mobilevitv3.exporting.formats import FORMATS
from keras_mobilevitv3.exporting.formats.format import RunFunction
from keras_mobilevitv3.exporting.require_packages import require_packages


def open_artefact(path: FilePath, format: str, threads: int | None = None, one_by_one: bool = True) -> RunFunction:
    """Opens an exported file in the runtime of its format.

    Args:
        path: Path of the file or folder.
        format: `"saved_model"`, `"litert"`, `"onnx"` or `"openvino"`.
        threads: Integer, number of CPU threads of the runtime. SavedModels ignore it. Defaults to `None`: the default
            of the runtime.
        one_by_one: Boolean, whether a LiteRT file for one image per call, as `export` writes by default, runs once for
            each of several images. If `False`, several images are an error. Defaults to `True`.

    Returns:
        Function that maps a float32 array of images in the model's input range to a dict of NumPy arrays. If the file
        has a fixed batch size, the function raises `ValueError` for any other number of images.

    Raises:
        ValueError: If `format` is not one of these.
        ImportError: If the runtime is not installed.
    """
    check_choice("format", format, FORMATS)
    require_packages(f"Running a file of the format {format!r}", [FORMATS[format].runtime])
    return FORMATS[format].open(str(path), threads, one_by_one)
