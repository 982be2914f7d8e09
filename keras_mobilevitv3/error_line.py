"""Errors of the command line: one line on stderr, and an exit code."""

import sys

PROGRAM = "keras-mobilevitv3"
ERROR = 2  # the exit code


def error_line(message: object) -> str:
    """Returns the line for an error. Line breaks in the message become spaces."""
    return f"{PROGRAM}: error: {' '.join(str(message).split())}"


def print_error(message: object) -> None:
    """Prints the line for an error on stderr."""
    print(error_line(message), file=sys.stderr)
