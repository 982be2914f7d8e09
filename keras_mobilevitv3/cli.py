"""The command line `keras-mobilevitv3`. Each command is a module of `commands`."""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from keras_mobilevitv3.backend_check import describe_backend_error, is_backend_error
from keras_mobilevitv3.commands import COMMANDS
from keras_mobilevitv3.commands.short_message import shorten
from keras_mobilevitv3.commands.terminal import progress_off_stdout
from keras_mobilevitv3.error_line import ERROR, PROGRAM, error_line, print_error
from keras_mobilevitv3.version import __version__

INTERRUPTED = 130
# Errors of wrong files, arguments and installations. For other errors, the message begins with the type of the error.
EXPECTED = (ValueError, OSError, ImportError, RuntimeError)


class OneLineParser(argparse.ArgumentParser):
    """Parser that raises `ValueError`, so that `main` prints errors of arguments in one line."""

    def error(self, message: str) -> NoReturn:
        raise ValueError(message)


def build_parser() -> argparse.ArgumentParser:
    """Builds the parser of all commands, without importing Keras or NumPy."""
    parser = OneLineParser(
        prog=PROGRAM,
        description="MobileViTv3 on Keras 3: TensorFlow, JAX and PyTorch.",
        epilog="Exit codes: 0 on success, 1 if the accuracy of the demo is too low, 2 after an error, 130 if "
        "interrupted. An error is the last line on stderr. Set NO_COLOR=1 in the environment to print without colors.",
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        subparser = subparsers.add_parser(command.NAME, help=command.SUMMARY, description=command.DESCRIPTION)
        command.add_arguments(subparser)
        subparser.add_argument("--verbose", action="store_true", help="print long error messages in full")
        subparser.set_defaults(run=command.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        argv: Sequence of strings, arguments of the command, or `None` for the arguments of the process. Defaults to
            `None`.

    Returns:
        Integer, the exit code: the code that the command returned or 0, 2 after an error, or 130 after an interrupt.
        An error is the last line on stderr.
    """
    verbose = "--verbose" in (sys.argv if argv is None else argv)
    try:
        parser = build_parser()
        complete(parser)
        arguments = parser.parse_args(argv)
        with progress_off_stdout(getattr(arguments, "json", False)):
            code = arguments.run(arguments) or 0
        sys.stdout.flush()
        return code
    except SystemExit as stop:  # after --help and --version
        return int(stop.code or 0)
    except BrokenPipeError:  # the program that reads the pipe, such as `head`, has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print_error("interrupted")
        return INTERRUPTED
    except Exception as error:
        message = describe(error)
        print_error(message if verbose else shorten(message, len(error_line(""))))
        return ERROR


def complete(parser: argparse.ArgumentParser) -> None:
    """Completes a command line if a shell asks for completion. Completion needs `argcomplete`."""
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete

        argcomplete.autocomplete(parser)


def describe(error: Exception) -> str:
    """Returns a description of an exception in one line."""
    if is_backend_error(error):
        return describe_backend_error(error, os.environ.get("KERAS_BACKEND"))
    message = " ".join(str(error).split())
    if isinstance(error, EXPECTED) and message:
        return message
    return f"{type(error).__name__}: {message}"
