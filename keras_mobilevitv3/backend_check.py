"""Reports a backend that Keras can't import in one line on stderr, without a traceback."""

import os
import sys
import traceback

from keras_mobilevitv3.checks import did_you_mean
from keras_mobilevitv3.error_line import ERROR, print_error

BACKENDS = ("tensorflow", "jax", "torch")


def exit_without_backend(package: str) -> None:
    """Exits with one line on stderr and exit code 2 if Keras can't import its backend.

    The function only acts in programs that `python -m` runs. In other processes, such as notebooks, `import keras`
    raises the error of Keras.

    Args:
        package: String, package of the programs.
    """
    if not is_program_of(package):
        return
    try:
        import keras  # noqa: F401
    except (ImportError, ValueError) as error:
        print_error(describe_backend_error(error, os.environ.get("KERAS_BACKEND")))
        sys.exit(ERROR)


def is_program_of(package: str) -> bool:
    """Returns whether this process is `python -m package` or `python -m package.module`."""
    given = sys.orig_argv[1:]
    if sys.argv[0] != "-m" or "-m" not in given[:-1]:  # `sys.argv[0]` is `-m` while Python looks for the module
        return False
    return given[given.index("-m") + 1].split(".")[0] == package


def is_backend_error(error: BaseException) -> bool:
    """Returns whether the import of Keras raised the given exception."""
    frames = traceback.walk_tb(error.__traceback__)
    return isinstance(error, ImportError | ValueError) and any(
        frame.f_globals.get("__name__") == "keras" for frame, _ in frames
    )


def describe_backend_error(error: BaseException, backend: str | None) -> str:
    """Returns a description of an exception of `import keras` in one line.

    Args:
        error: Exception.
        backend: String, value of the environment variable `KERAS_BACKEND`, or `None` if the variable is not set.
    """
    allowed = ", ".join(BACKENDS)
    if backend and backend not in BACKENDS and isinstance(error, ValueError):
        return f"KERAS_BACKEND must be one of {allowed}. Received: {backend!r}.{did_you_mean(backend, BACKENDS)}"
    missing = getattr(error, "name", None)
    if missing in BACKENDS:
        return f"the backend {missing!r} is not installed: install it, or set KERAS_BACKEND to one of {allowed} that is"
    return f"Keras can't be imported: {type(error).__name__}: {' '.join(str(error).split())}"
