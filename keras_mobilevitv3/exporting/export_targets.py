"""Checks the paths of an export before the work begins."""

from pathlib import Path

from keras_mobilevitv3.exporting.formats import Format
from keras_mobilevitv3.overwriting import check_file, check_folder


def check_targets(
    path: Path, format: Format, version: int | None, overwrite: bool | None, with_anchors: bool = False
) -> bool:
    """Checks that an export may write to its paths.

    Args:
        path: `pathlib.Path` of the file, or of the folder with the versions of a SavedModel.
        format: `Format`.
        version: Integer, the version of a SavedModel, or `None`.
        overwrite: Boolean or `None`, as in `export`.
        with_anchors: Boolean, whether the export writes anchors next to the model. Defaults to `False`.

    Returns:
        Boolean, whether the export will replace an existing model.

    Raises:
        FileExistsError: If a file or folder exists that may not be replaced.
        NotADirectoryError: If a parent folder of the model is a file.
    """
    if format.is_folder:
        return check_folder(path / str(version), bool(overwrite))
    overwrite = overwrite is not False
    replaced = check_file(path, overwrite, format.file_kinds)
    for name in ("card.json", "card.md", *(["anchors.npy"] if with_anchors else [])):
        check_file(path.with_name(f"{path.name}.{name}"), overwrite)
    for suffix in format.suffixes_beside:
        beside = path.with_suffix(suffix)
        if check_file(beside, overwrite) and not replaced:
            raise FileExistsError(
                f"{str(beside)!r} is a part of the model and is replaced only together with {path.name!r}. Received: a "
                f"file {beside.name!r} without {path.name!r}"
            )
    return replaced
