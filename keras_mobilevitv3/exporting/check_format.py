from pathlib import Path

from keras_mobilevitv3.checks import check_choice, is_integer
from keras_mobilevitv3.exporting.formats import FORMATS


def check_format(path: Path, format: str, precision: str, version: int | None) -> None:
    """Raises `ValueError` unless path, precision and version fit the format.

    Args:
        path: `pathlib.Path` of the file to write, or of the folder of a SavedModel.
        format: String, name of a format of `FORMATS`.
        precision: String, precision of the exported model.
        version: Positive integer, version of a SavedModel, or `None`.
    """
    check_choice("format", format, FORMATS)
    target_format = FORMATS[format]
    if not isinstance(precision, str) or precision not in target_format.precisions:
        allowed = list(target_format.precisions)
        raise ValueError(f"`precision` must be one of {allowed} for {format!r}. Received: precision={precision!r}")
    if target_format.is_folder:
        if path.suffix and path.suffix in [each.suffix for each in FORMATS.values()]:
            raise ValueError(
                f"`path` of a {target_format.title} must be a folder; {path.suffix} is the suffix of another `format`. "
                f"Received: path={str(path)!r}, format={format!r}"
            )
    elif path.suffix != target_format.suffix:
        raise ValueError(f"`path` must end in {target_format.suffix} for {format!r}. Received: path={str(path)!r}")
    if version is None:
        return
    if not target_format.is_folder or not is_integer(version) or version < 1:
        raise ValueError(
            "`version` must be a positive integer for a SavedModel, or None. "
            f"Received: version={version!r}, format={format!r}"
        )
