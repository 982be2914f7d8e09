"""The formats of exported models, one file for each."""

import sys

from keras_mobilevitv3.exporting.formats.format import Format
from keras_mobilevitv3.records import find_records

FORMATS: dict[str, Format] = find_records(sys.modules[__name__], "FORMAT")


def format_of_path(path) -> Format:
    """The format of an exported model, from the suffix of its path; other paths are folders of SavedModels.

    Args:
        path: `pathlib.Path`.
    """
    folders = [each for each in FORMATS.values() if each.is_folder]
    return next((each for each in FORMATS.values() if each.suffix and each.suffix == path.suffix), folders[0])
