"""Prints tables and progress. Rich prints no colors if the environment variable `NO_COLOR` is set."""

import contextlib
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from keras_mobilevitv3.array_types import FilePath
from keras_mobilevitv3.keras_import import after_keras_import

UNBOUNDED = 1000  # columns of a table in a file or pipe; wide enough to avoid line breaks


def print_table(columns: Mapping[str, str], rows: Sequence[Sequence[str]]) -> None:
    """Prints a table on stdout.

    On a terminal, the table has at most the width of the terminal. In a file or pipe, the table has its full width and
    no colors.

    Args:
        columns: Dict from headings to alignments, `"left"` or `"right"`.
        rows: Sequence of sequences of strings.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, justify in columns.items():
        table.add_column(heading, justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))  # Rich interprets markup in strings, not in `Text`
    console = Console(width=None if sys.stdout.isatty() else UNBOUNDED, highlight=False)
    console.print(table)


@contextlib.contextmanager
def progress_off_stdout(wanted: bool) -> Iterator[None]:
    """Context manager that keeps progress messages of Keras, such as download progress, off stdout.

    At the end, the context manager restores the previous setting of Keras.

    Args:
        wanted: Boolean. If `False`, the context manager does nothing.
    """
    former, ended = [], not wanted

    def disable():
        if not ended:
            import keras

            former.append(keras.config.is_interactive_logging_enabled())
            keras.config.disable_interactive_logging()

    after_keras_import(disable)
    try:
        yield
    finally:
        ended = True
        if any(former):
            import keras

            keras.config.enable_interactive_logging()


def with_progress(paths: Sequence[FilePath]) -> Iterable[FilePath]:
    """Iterates over paths with a progress bar on stderr.

    The function shows no bar for a single path, or if stderr is not a terminal.
    """
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    hidden = len(paths) < 2 or not console.is_terminal
    return track(paths, description="Pictures", console=console, transient=True, disable=hidden)
