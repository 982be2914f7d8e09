"""A backend that Keras can't import is one line of the command line, not a traceback."""

import os
import sys
from pathlib import Path

from keras_mobilevitv3.checks import did_you_mean
from keras_mobilevitv3.error_line import ERROR, PROGRAM, print_error

MODULES = ("keras_mobilevitv3", "training")
BACKENDS = ("tensorflow", "jax", "torch")


def exit_without_backend():
    """Ends the process with one line and exit code 2 if it is the command line and Keras can't import its backend.

    In any other process the error of Keras is raised where Keras is imported.
    """
    if not is_command_line():
        return
    try:
        import keras  # noqa: F401
    except (ImportError, ValueError) as error:
        print_error(describe(error, os.environ.get("KERAS_BACKEND")))
        sys.exit(ERROR)


def is_command_line():
    """Whether this process is `keras-mobilevitv3`, `python -m keras_mobilevitv3`, or a program of `training`."""
    if Path(sys.argv[0]).stem == PROGRAM:
        return True
    given = sys.orig_argv[1:]
    if sys.argv[0] != "-m" or "-m" not in given[:-1]:
        return False
    return given[given.index("-m") + 1].split(".")[0] in MODULES


def describe(error, backend):
    """One line about an error of Keras' import.

    Args:
        error: Exception.
        backend: String, value of `KERAS_BACKEND`, or `None`.
    """
    allowed = ", ".join(BACKENDS)
    if backend and backend not in BACKENDS and isinstance(error, ValueError):
        return f"KERAS_BACKEND must be one of {allowed}. Received: {backend!r}.{did_you_mean(backend, BACKENDS)}"
    missing = getattr(error, "name", None)
    if missing in BACKENDS:
        return f"the backend {missing!r} is not installed: install it, or set KERAS_BACKEND to one of {allowed} that is"
    return f"Keras can't be imported: {type(error).__name__}: {' '.join(str(error).split())}"


exit_without_backend()
