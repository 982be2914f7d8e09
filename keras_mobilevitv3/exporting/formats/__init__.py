"""The formats of exported models, one file per format."""

import sys
from pathlib import Path

from keras_mobilevitv3.exporting.formats.format import Format
from keras_mobilevitv3.records import find_records

FORMATS: dict[str, Format] = find_records(sys.modules[__name__], "FORMAT", Format)


def format_of_path(path: Path) -> Format:
    """Returns the format of an exported model, from the suffix of its path. Any other suffix means a SavedModel folder.

    Args:
        path: `pathlib.Path` of the exported model.
    """
    folders = [each for each in FORMATS.values() if each.is_folder]
    return next((each for each in FORMATS.values() if each.suffix and each.suffix == path.suffix), folders[0])
