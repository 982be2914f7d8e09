"""Prints errors of the command line in one line on stderr."""

import sys

PROGRAM = "keras-mobilevitv3"
ERROR = 2  # the exit code


def error_line(message: object) -> str:
    """Returns the line for an error. Spaces replace line breaks in the message."""
    return f"{PROGRAM}: error: {' '.join(str(message).split())}"


def print_error(message: object) -> None:
    """Prints the line for an error on stderr."""
    print(error_line(message), file=sys.stderr)
