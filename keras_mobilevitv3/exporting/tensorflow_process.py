"""Exports from a process of its own with the TensorFlow backend, for the other backends."""

import importlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from keras_mobilevitv3.layers.nested_layers import nested_operations

PACKAGE = __package__.split(".")[0]
SOURCES = Path(__file__).resolve().parents[2]
MODEL_FILE, OPTIONS_FILE, ARRAYS_FILE = "model.keras", "options.json", "arrays.npz"


def export_in_tensorflow(format_name, model, path, **options):
    """Saves a model and has a TensorFlow process export it.

    Args:
        format_name: String, a key of `WRITERS` in `keras_mobilevitv3/exporting/__main__.py`.
        model: Keras model. The modules of its layers are imported by the other process: layers of one's own must be in
            a module that can be, not in the script that runs.
        path: `pathlib.Path` to write to.
        **options: Other arguments of the function of that format: NumPy arrays, or what JSON holds.

    Returns:
        `path`.

    Raises:
        ImportError: If TensorFlow is not installed.
        RuntimeError: If the export fails; the message is that of the other process.
    """
    require_tensorflow()
    with tempfile.TemporaryDirectory() as folder:
        write_job(Path(folder), model, options)
        command = [sys.executable, "-m", f"{PACKAGE}.exporting", format_name, folder, str(path)]
        process = subprocess.run(command, env=environment(), capture_output=True, text=True)
    if process.returncode != 0:
        lines = process.stderr.strip().splitlines() or [f"exit code {process.returncode}"]
        raise RuntimeError(f"The export to {path} failed in the TensorFlow process: {lines[-1]}")
    return path


def require_tensorflow():
    if importlib.util.find_spec("tensorflow") is None:
        raise ImportError("Exporting needs TensorFlow. Install it with `pip install keras-mobilevitv3[export]`")


def write_job(folder, model, options):
    """Writes a model and the arguments of its export for the other process."""
    arrays = {name: value for name, value in options.items() if isinstance(value, np.ndarray)}
    rest = {name: value for name, value in options.items() if name not in arrays}
    rest["modules"] = modules_of(model)
    model.save(folder / MODEL_FILE)
    (folder / OPTIONS_FILE).write_text(json.dumps(rest), encoding="utf-8")
    np.savez(folder / ARRAYS_FILE, **arrays)


def read_job(folder):
    """The path of the model, and the arguments of its export, that `write_job` has written; imports the modules."""
    options = json.loads((folder / OPTIONS_FILE).read_text(encoding="utf-8"))
    for name in options.pop("modules"):
        importlib.import_module(name)
    with np.load(folder / ARRAYS_FILE, allow_pickle=False) as arrays:
        return folder / MODEL_FILE, {**options, **arrays}


def modules_of(model):
    """Sorted names of the modules that define the layers and operations of a model, models inside of it too."""
    found = {type(operation).__module__ for operation in (model, *nested_operations(model))}
    return sorted(name for name in found if name != "__main__" and not name.startswith("keras."))


def environment():
    """Variables of the other process: the TensorFlow backend, and this very package wherever it was imported from."""
    paths = [str(SOURCES), *sys.path, os.environ.get("PYTHONPATH", "")]
    return {
        "TF_CPP_MIN_LOG_LEVEL": "2",
        **os.environ,
        "KERAS_BACKEND": "tensorflow",
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
    }
