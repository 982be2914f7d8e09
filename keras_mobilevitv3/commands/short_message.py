"""Error messages of a readable length. `--verbose` prints them in full."""

MAX_LENGTH = 300
CUT = " ... (--verbose prints all) ... "
END = 100  # characters to keep of the end, which names the received value


def shorten(message: str, taken: int = 0) -> str:
    """Leaves out the middle of a message that is longer than `MAX_LENGTH` together with `taken` characters."""
    room = MAX_LENGTH - 1 - taken
    if len(message) <= room:
        return message
    return message[: room - len(CUT) - END] + CUT + message[-END:]
