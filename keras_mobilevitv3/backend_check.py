"""A backend that Keras can't import gives one line on stderr, not a traceback."""

import os
import sys
import traceback

from keras_mobilevitv3.checks import did_you_mean
from keras_mobilevitv3.error_line import ERROR, print_error

BACKENDS = ("tensorflow", "jax", "torch")


def exit_without_backend(package: str) -> None:
    """Ends a program with one line and exit code 2 if Keras can't import its backend.

    Any other process, such as a notebook, gets the error of Keras where it imports Keras.

    Args:
        package: String. The programs are those that `python -m` runs from this package.
    """
    if not is_program_of(package):
        return
    try:
        import keras  # noqa: F401
    except (ImportError, ValueError) as error:
        print_error(describe_backend_error(error, os.environ.get("KERAS_BACKEND")))
        sys.exit(ERROR)


def is_program_of(package: str) -> bool:
    """Whether this process is `python -m package` or `python -m package.module`."""
    given = sys.orig_argv[1:]
    if sys.argv[0] != "-m" or "-m" not in given[:-1]:  # `-m` is the name while Python looks for the module
        return False
    return given[given.index("-m") + 1].split(".")[0] == package


def is_backend_error(error: BaseException) -> bool:
    """Whether an exception was raised while Keras was imported."""
    frames = traceback.walk_tb(error.__traceback__)
    return isinstance(error, ImportError | ValueError) and any(
        frame.f_globals.get("__name__") == "keras" for frame, _ in frames
    )


def describe_backend_error(error: BaseException, backend: str | None) -> str:
    """Describes an exception of the import of Keras in one line.

    Args:
        error: Exception.
        backend: String, value of `KERAS_BACKEND`, or `None` if the variable is not set.

    Returns:
        String.
    """
    allowed = ", ".join(BACKENDS)
    if backend and backend not in BACKENDS and isinstance(error, ValueError):
        return f"KERAS_BACKEND must be one of {allowed}. Received: {backend!r}.{did_you_mean(backend, BACKENDS)}"
    missing = getattr(error, "name", None)
    if missing in BACKENDS:
        return f"the backend {missing!r} is not installed: install it, or set KERAS_BACKEND to one of {allowed} that is"
    return f"Keras can't be imported: {type(error).__name__}: {' '.join(str(error).split())}"
