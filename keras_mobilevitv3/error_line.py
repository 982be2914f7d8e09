"""How the command line tells an error: one line on stderr, and an exit code."""

import sys

PROGRAM = "keras-mobilevitv3"
ERROR = 2  # the exit code


def error_line(message):
    """The line, without line breaks."""
    return f"{PROGRAM}: error: {' '.join(str(message).split())}"


def print_error(message):
    print(error_line(message), file=sys.stderr)
