"""Tables and progress on a terminal; `NO_COLOR` takes the colors away, as Rich knows it."""

import contextlib
import sys

import keras

UNBOUNDED = 1000  # columns, for files and pipes, whose lines must not be broken


def print_table(columns, rows):
    """Prints a table on stdout: on a terminal as wide as that, elsewhere as wide as it is, without colors.

    Args:
        columns: Dict from headings to `"left"` or `"right"`.
        rows: Sequence of sequences of strings.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, justify in columns.items():
        table.add_column(heading, justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))  # a string would be searched for markup
    console = Console(width=None if sys.stdout.isatty() else UNBOUNDED, highlight=False)
    console.print(table)


@contextlib.contextmanager
def progress_off_stdout(wanted):
    """Keeps what Keras prints, as of downloads, off stdout where `wanted`: it is for JSON alone."""
    interactive = keras.config.is_interactive_logging_enabled()
    if wanted:
        keras.config.disable_interactive_logging()
    try:
        yield
    finally:
        if interactive:
            keras.config.enable_interactive_logging()


def with_progress(paths):
    """The paths one after the other, with a bar on stderr if that is a terminal and they are several."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    hidden = len(paths) < 2 or not console.is_terminal
    return track(paths, description="Pictures", console=console, transient=True, disable=hidden)
