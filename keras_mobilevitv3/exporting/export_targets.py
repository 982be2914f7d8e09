"""Where an export writes, and what it may replace there."""

from keras_mobilevitv3.overwriting import check_file, check_folder


def check_targets(path, format, version, overwrite, with_anchors=False):
    """Checks, before the work begins, that an export may write to its paths.

    Args:
        path: `pathlib.Path` of the file, or of the folder of the versions of a SavedModel.
        format: String, the format.
        version: Integer, the version of a SavedModel, or `None`.
        overwrite: Boolean or `None`, as in `export`.
        with_anchors: Boolean, whether anchors are written beside the model. Defaults to `False`.

    Returns:
        Boolean, whether a former model will be replaced.

    Raises:
        FileExistsError: If something stands in the way.
        NotADirectoryError: If what should be the folder of the model is a file.
    """
    if format == "saved_model":
        return check_folder(path / str(version), bool(overwrite))
    overwrite = overwrite is not False
    replaced = check_file(path, overwrite)
    for name in ("card.json", "card.md", *(["anchors.npy"] if with_anchors else [])):
        check_file(path.with_name(f"{path.name}.{name}"), overwrite)
    weights = path.with_suffix(".bin")
    if format == "openvino" and check_file(weights, overwrite) and not replaced:
        raise FileExistsError(
            f"{str(weights)!r}, where the weights go, can only be replaced together with {path.name!r}. Received: a "
            "file of that name alone"
        )
    return replaced
