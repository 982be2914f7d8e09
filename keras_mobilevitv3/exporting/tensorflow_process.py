"""Exports models in a separate process with the TensorFlow backend, for the other backends."""

import importlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from keras_mobilevitv3.array_types import Model
from keras_mobilevitv3.layers.nested_layers import nested_operations

PACKAGE = __package__.split(".")[0]
PARENT_OF_PACKAGE = Path(__file__).resolve().parents[2]
MODEL_FILE, OPTIONS_FILE, ARRAYS_FILE = "model.keras", "options.json", "arrays.npz"


def export_in_tensorflow(format_name: str, model: Model, path: Path, **options: Any) -> Path:
    """Saves a model and exports it in a TensorFlow process.

    Args:
        format_name: String, a key of `WRITERS` in `keras_mobilevitv3/exporting/__main__.py`.
        model: Keras model. The TensorFlow process imports the modules that define its layers. So custom layers must be
            in an importable module, not in the script that runs.
        path: `pathlib.Path` to write to.
        **options: Further arguments of the function in `WRITERS`: NumPy arrays or JSON values.

    Returns:
        `path`.

    Raises:
        ImportError: If TensorFlow is not installed.
        RuntimeError: If the export fails. The message ends with the last error line of the TensorFlow process.
    """
    require_tensorflow()
    with tempfile.TemporaryDirectory() as folder:
        _write_job(Path(folder), model, options)
        command = [sys.executable, "-m", f"{PACKAGE}.exporting", format_name, folder, str(path)]
        process = subprocess.run(command, env=_environment(), capture_output=True, text=True)
    if process.returncode != 0:
        lines = process.stderr.strip().splitlines() or [f"exit code {process.returncode}"]
        raise RuntimeError(f"The export to {path} failed in the TensorFlow process: {lines[-1]}")
    return path


def require_tensorflow() -> None:
    """Raises `ImportError` unless TensorFlow is installed."""
    if importlib.util.find_spec("tensorflow") is None:
        raise ImportError("Exporting needs TensorFlow. Install it with `pip install keras-mobilevitv3[export]`")


def _write_job(folder, model, options):
    """Writes a model and the arguments of its export to a folder, for the TensorFlow process."""
    arrays: dict[str, Any] = {name: value for name, value in options.items() if isinstance(value, np.ndarray)}
    rest = {name: value for name, value in options.items() if name not in arrays}
    rest["modules"] = _modules_of(model)
    model.save(folder / MODEL_FILE)
    (folder / OPTIONS_FILE).write_text(json.dumps(rest), encoding="utf-8")
    np.savez(folder / ARRAYS_FILE, **arrays)


def read_job(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Returns the path of the model and the export arguments of a job, and imports the modules of the layers."""
    options = json.loads((folder / OPTIONS_FILE).read_text(encoding="utf-8"))
    for name in options.pop("modules"):
        importlib.import_module(name)
    with np.load(folder / ARRAYS_FILE, allow_pickle=False) as arrays:
        return folder / MODEL_FILE, {**options, **arrays}


def _modules_of(model):
    """Returns the sorted names of the modules that define the layers and operations of a model, nested ones too."""
    found = {type(operation).__module__ for operation in (model, *nested_operations(model))}
    return sorted(name for name in found if name != "__main__" and not name.startswith("keras."))


def _environment():
    """Returns the environment variables of the TensorFlow process: its backend, and the path of this package."""
    paths = [str(PARENT_OF_PACKAGE), *sys.path, os.environ.get("PYTHONPATH", "")]
    return {
        "TF_CPP_MIN_LOG_LEVEL": "2",
        **os.environ,
        "KERAS_BACKEND": "tensorflow",
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
    }
