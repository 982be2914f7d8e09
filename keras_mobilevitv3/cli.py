"""The command line: `keras-mobilevitv3 list|summary|profile|predict|segment|detect|convert|export|benchmark|demo`."""

import argparse
import os
import sys

from keras_mobilevitv3.commands import COMMANDS
from keras_mobilevitv3.commands.short_message import shorten
from keras_mobilevitv3.commands.terminal import progress_off_stdout
from keras_mobilevitv3.error_line import ERROR, PROGRAM, error_line, print_error
from keras_mobilevitv3.version import __version__

INTERRUPTED = 130
# What a wrong file, argument or installation raises; the type of anything else is part of the message.
EXPECTED = (ValueError, OSError, ImportError, RuntimeError)


class OneLineParser(argparse.ArgumentParser):
    """A parser whose errors are exceptions, which `main` tells in one line as all others."""

    def error(self, message):
        raise ValueError(message)


def build_parser():
    """The parser of all commands."""
    parser = OneLineParser(
        prog=PROGRAM,
        description="MobileViTv3 on Keras 3: TensorFlow, JAX and PyTorch.",
        epilog="Exit codes: 0 if all went well, 1 if the demo's accuracy is too low, 2 after an error, which is the "
        "last line on stderr, 130 if interrupted. NO_COLOR=1 in the environment takes the colors away.",
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        subparser = subparsers.add_parser(command.NAME, help=command.SUMMARY, description=command.DESCRIPTION)
        command.add_arguments(subparser)
        subparser.add_argument("--verbose", action="store_true", help="print error messages whole, however long")
        subparser.set_defaults(run=command.run)
    return parser


def main(argv=None):
    """Runs one command.

    Args:
        argv: List of strings, the arguments. Defaults to `None`: those of the process.

    Returns:
        Integer, the exit code: 0, what the command returns, or 2 after an error, which is the last line on stderr.
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
        return stop.code or 0
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print_error("interrupted")
        return INTERRUPTED
    except Exception as error:
        message = describe(error)
        print_error(message if verbose else shorten(message, len(error_line(""))))
        return ERROR


def complete(parser):
    """Answers the shell that asks how a line goes on, where `argcomplete` is installed."""
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete

        argcomplete.autocomplete(parser)


def describe(error):
    """One line about an exception."""
    message = " ".join(str(error).split())
    if isinstance(error, EXPECTED) and message:
        return message
    return f"{type(error).__name__}: {message}"
