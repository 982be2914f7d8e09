"""Errors about checkpoints: a checkpoint cannot be read, written or used, or cannot be downloaded."""

from collections.abc import Iterable


class CheckpointError(ValueError):
    """A checkpoint is damaged, hostile, of another model or run, or cannot be written."""


class DownloadError(OSError):
    """No address gave the checkpoint.

    Args:
        message: String for the user.
        failures: Iterable of `(address, cause)` pairs of strings, in the order in which the addresses were tried.
    """

    def __init__(self, message: str, failures: Iterable[tuple[str, str]] = ()):
        super().__init__(message)
        self.failures = tuple(failures)
