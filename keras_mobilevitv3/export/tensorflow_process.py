"""Exports from a process of its own with the TensorFlow backend, for the other backends."""

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGE = __package__.split(".")[0]
SOURCES = Path(__file__).resolve().parents[2]


def export_in_tensorflow(format_name, model, path):
    """Saves a model and has a TensorFlow process export it.

    Args:
        format_name: String, a key of `FORMATS` in `keras_mobilevitv3/export/__main__.py`.
        model: Keras model. Its layers must be those of Keras and of this package.
        path: `pathlib.Path` to write to.

    Returns:
        `path`.

    Raises:
        ImportError: If TensorFlow is not installed.
        RuntimeError: If the export fails; the message is that of the other process.
    """
    if importlib.util.find_spec("tensorflow") is None:
        raise ImportError("Exporting needs TensorFlow. Install it with `pip install keras-mobilevitv3[export]`")
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder, "model.keras")
        model.save(saved)
        command = [sys.executable, "-m", f"{PACKAGE}.export", format_name, str(saved), str(path)]
        process = subprocess.run(command, env=environment(), capture_output=True, text=True)
    if process.returncode != 0:
        lines = process.stderr.strip().splitlines() or [f"exit code {process.returncode}"]
        raise RuntimeError(f"The export to {path} failed in the TensorFlow process: {lines[-1]}")
    return path


def environment():
    """Variables of the other process: the TensorFlow backend, and this very package wherever it was imported from."""
    paths = [str(SOURCES), os.environ.get("PYTHONPATH", "")]
    return {
        "TF_CPP_MIN_LOG_LEVEL": "2",
        **os.environ,
        "KERAS_BACKEND": "tensorflow",
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
    }
