"""Runs `python -m keras_mobilevitv3.exporting FORMAT FOLDER PATH`, which `tensorflow_process.py` starts."""

import sys
from collections.abc import Callable
from pathlib import Path

import keras

import keras_mobilevitv3  # registers the layers  # noqa: F401
from keras_mobilevitv3.exporting.keras_exports import export_litert, export_saved_model
from keras_mobilevitv3.exporting.tensorflow_process import read_job
from keras_mobilevitv3.exporting.write_artefact import write_artefact

WRITERS: dict[str, Callable] = {"artefact": write_artefact, "saved_model": export_saved_model, "litert": export_litert}


def main(format_name: str, folder: str, path: str) -> None:
    """Exports the model that `write_job` saved in a folder.

    Args:
        format_name: String, a key of `WRITERS`.
        folder: String, path of the folder of the job.
        path: String, path to write to.
    """
    model_path, options = read_job(Path(folder))
    WRITERS[format_name](keras.saving.load_model(model_path, compile=False), Path(path), **options)


if __name__ == "__main__":
    main(*sys.argv[1:])
