"""What the commands that read pictures check before anything is loaded."""

from pathlib import Path


def check_files(*paths):
    """Raises `FileNotFoundError` for the first path that is no file; `None` is none to check."""
    for path in paths:
        if path is not None and not Path(path).is_file():
            raise FileNotFoundError(f"there is no file {path!r}")


def output_folder(images, folder):
    """The folder to write to, made if missing, for results named after pictures.

    Raises:
        ValueError: If two pictures have the same name, which is that of their results, or `folder` is a file.
    """
    stems = [Path(path).stem for path in images]
    if len(set(stems)) < len(stems):
        raise ValueError(f"the pictures must differ in their names without suffix. Received: {', '.join(stems)}")
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"--out must be a folder. Received: {str(folder)!r}, which is a file")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def save_picture(picture, path):
    """Writes a picture of Pillow, which appears under its name only when it is whole."""
    from keras_mobilevitv3.atomic_write import atomic_write

    with atomic_write(path) as unfinished:
        picture.save(unfinished)
