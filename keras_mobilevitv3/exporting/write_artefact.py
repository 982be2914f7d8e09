from pathlib import Path
from typing import Any

import keras

from keras_mobilevitv3.array_types import Model
from keras_mobilevitv3.exporting.deployment import Deployment
from keras_mobilevitv3.exporting.formats import FORMATS
from keras_mobilevitv3.exporting.tensorflow_process import export_in_tensorflow, require_tensorflow


def write_artefact(model: Model, path: Path, format: str, precision: str, **options: Any) -> None:
    """Writes a model in a format, on every backend.

    Args:
        model: Classifier, segmenter, detector or another network with one input.
        path: `pathlib.Path` of the file or folder to write, in an existing folder.
        format: String, a key of `FORMATS`.
        precision: String, a precision of the format.
        **options: Further arguments of `Deployment`.
    """
    if keras.backend.backend() != "tensorflow":
        export_in_tensorflow("artefact", model, path, format=format, precision=precision, **options)
        return
    require_tensorflow()
    FORMATS[format].write(Deployment(model, **options), path, precision)
