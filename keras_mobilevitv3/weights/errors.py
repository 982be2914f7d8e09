"""What goes wrong with a checkpoint: it cannot be read, or it cannot be fetched."""


class CheckpointError(ValueError):
    """A checkpoint file is damaged, hostile, or not what its suffix says."""


class DownloadError(OSError):
    """No address gave the checkpoint.

    Args:
        message: String, what the user is told.
        failures: Tuple of `(address, cause)` pairs of strings, in the order in which the addresses were tried.
    """

    def __init__(self, message, failures=()):
        super().__init__(message)
        self.failures = tuple(failures)
