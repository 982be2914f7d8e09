"""The command line: `keras-mobilevitv3 list|summary|profile|predict|segment|detect|convert|export|benchmark|demo`."""

import argparse
import os
import sys
from collections.abc import Sequence

from keras_mobilevitv3.backend_check import describe_backend_error, is_backend_error
from keras_mobilevitv3.commands import COMMANDS
from keras_mobilevitv3.commands.short_message import shorten
from keras_mobilevitv3.commands.terminal import progress_off_stdout
from keras_mobilevitv3.error_line import ERROR, PROGRAM, error_line, print_error
from keras_mobilevitv3.version import __version__

INTERRUPTED = 130
# Raised by wrong files, arguments and installations. The message of any other error begins with its type.
EXPECTED = (ValueError, OSError, ImportError, RuntimeError)


class OneLineParser(argparse.ArgumentParser):
    """A parser that raises its errors, so that `main` prints them in one line as all others."""

    def error(self, message: str):
        raise ValueError(message)


def build_parser() -> argparse.ArgumentParser:
    """Builds the parser of all commands. It imports neither Keras nor NumPy."""
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
        argv: Sequence of strings, the arguments. Defaults to `None`: the arguments of the process.

    Returns:
        Integer, the exit code: 0, the code that the command returns, or 2 after an error, which is the last line on
        stderr.
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
    except BrokenPipeError:  # the reader, such as `head`, has stopped reading
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
    """Answers a shell that asks for the completion of a line. This needs `argcomplete`."""
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete

        argcomplete.autocomplete(parser)


def describe(error: Exception) -> str:
    """Describes an exception in one line."""
    if is_backend_error(error):
        return describe_backend_error(error, os.environ.get("KERAS_BACKEND"))
    message = " ".join(str(error).split())
    if isinstance(error, EXPECTED) and message:
        return message
    return f"{type(error).__name__}: {message}"
