"""Where an export writes, and what it may replace there."""

from keras_mobilevitv3.overwriting import check_file, check_folder


def check_targets(path, format, version, overwrite, with_anchors=False):
    """Checks, before the work begins, that an export may write to its paths.

    Args:
        path: `pathlib.Path` of the file, or of the folder of the versions of a SavedModel.
        format: `Format`.
        version: Integer, the version of a SavedModel, or `None`.
        overwrite: Boolean or `None`, as in `export`.
        with_anchors: Boolean, whether anchors are written beside the model. Defaults to `False`.

    Returns:
        Boolean, whether a former model will be replaced.

    Raises:
        FileExistsError: If something stands in the way.
        NotADirectoryError: If what should be the folder of the model is a file.
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
                f"{str(beside)!r}, a part of the model, can only be replaced together with {path.name!r}. Received: a "
                "file of that name alone"
            )
    return replaced
