"""Tables and progress on a terminal. Rich leaves the colors out where `NO_COLOR` is set."""

import contextlib
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from keras_mobilevitv3.array_types import FilePath
from keras_mobilevitv3.keras_import import after_keras_import

UNBOUNDED = 1000  # columns of files and pipes, in which lines are never broken


def print_table(columns: Mapping[str, str], rows: Sequence[Any]) -> None:
    """Prints a table on stdout: as wide as the terminal, or at full width and without colors in a file or pipe.

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
        table.add_row(*map(Text, row))  # Rich looks for markup in strings, not in `Text`
    console = Console(width=None if sys.stdout.isatty() else UNBOUNDED, highlight=False)
    console.print(table)


@contextlib.contextmanager
def progress_off_stdout(wanted: bool) -> Iterator[None]:
    """Keeps the progress that Keras prints, as of downloads, off stdout. Keras gets its former setting back at the end.

    Args:
        wanted: Boolean. `False` changes nothing.
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
    """Yields the paths, with a progress bar on stderr if stderr is a terminal and there are several paths."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    hidden = len(paths) < 2 or not console.is_terminal
    return track(paths, description="Pictures", console=console, transient=True, disable=hidden)
