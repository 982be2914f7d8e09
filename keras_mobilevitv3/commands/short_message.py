"""Shortens error messages. `--verbose` prints the full messages."""

MAX_LENGTH = 300
CUT = " ... (--verbose prints all) ... "
END = 100  # number of characters at the end to keep; the end contains the received value


def shorten(message: str, taken: int = 0) -> str:
    """Cuts the middle out of a message that does not fit in a line of `MAX_LENGTH` characters.

    Args:
        message: String.
        taken: Integer, number of other characters in the line. Defaults to `0`.
    """
    room = MAX_LENGTH - 1 - taken
    if len(message) <= room:
        return message
    return message[: room - len(CUT) - END] + CUT + message[-END:]
