"""Reads text files of editors and spreadsheets of all systems."""

import codecs
from pathlib import Path


def read_text(path: Path) -> str:
    """Reads a file in UTF-8, or in UTF-16 with a byte-order mark. The text does not include the mark.

    Raises:
        ValueError: If the file has another encoding.
    """
    contents = path.read_bytes()
    is_utf16 = contents.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return contents.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"Text files must be in UTF-8. Received: {str(path)!r}: {error}") from error
