"""Error messages of a length that is read; long lists stand behind `--verbose`."""

MAX_LENGTH = 300
CUT = " ... (--verbose prints all) ... "
END = 100  # characters kept of the end, which says what was received


def shorten(message, taken=0):
    """A message without its middle, if it and `taken` characters are longer than `MAX_LENGTH`."""
    room = MAX_LENGTH - 1 - taken
    if len(message) <= room:
        return message
    return message[: room - len(CUT) - END] + CUT + message[-END:]
