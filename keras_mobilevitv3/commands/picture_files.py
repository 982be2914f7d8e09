"""Pictures that commands read: their paths, and what is checked before anything is loaded."""

from pathlib import Path

from keras_mobilevitv3.error_line import ERROR, print_error


def check_files(*paths):
    """Raises `FileNotFoundError` for the first path that is no file; `None` is none to check."""
    for path in paths:
        if path is not None and not Path(path).is_file():
            raise FileNotFoundError(f"there is no file {path!r}")


def picture_paths(paths):
    """The paths, with the pictures in a folder in its place.

    Raises:
        FileNotFoundError: If there is nothing at a path.
        ValueError: If there is no picture in a folder.
    """
    found = []
    for path in paths:
        if Path(path).is_dir():
            from keras_mobilevitv3.preprocessing.picture_reading import pictures_in

            found += pictures_in(path)
        else:
            check_files(path)
            found.append(path)
    return found


class PictureReader:
    """Reads pictures one by one. One that cannot be read costs a line on stderr and the exit code, not the others."""

    def __init__(self):
        self.exit_code = 0

    def read(self, path):
        """The picture as an array, as `read_image` gives it, or `None`."""
        from keras_mobilevitv3.preprocessing import read_image

        try:
            return read_image(path)
        except (OSError, ValueError) as error:
            self.exit_code = ERROR
            print_error(error)
            return None


def output_folder(images, folder, endings, others=(), overwrite=True):
    """The folder to write to, made if missing, for results named after pictures.

    Args:
        images: Sequence of the paths of pictures.
        folder: Path of the folder.
        endings: Sequence of strings: for each picture a file is written whose name is that of the picture without
            suffix and an ending.
        others: Sequence of the names of further files that are written. Defaults to `()`.
        overwrite: Boolean, whether files may be replaced. Defaults to `True`.

    Raises:
        ValueError: If two pictures have the same name, which is that of their results, `folder` is a file, or a result
            would replace one of the pictures.
        FileExistsError: If something that may not be replaced stands in the way.
    """
    from keras_mobilevitv3.overwriting import check_file

    stems = [Path(path).stem for path in images]
    if len(set(stems)) < len(stems):
        twice = next(stem for stem in stems if stems.count(stem) > 1)
        raise ValueError(f"the pictures must differ in their names without suffix. Received: {twice} twice")
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"--out must be a folder. Received: {str(folder)!r}, which is a file")
    pictures = {Path(path).resolve() for path in images}
    names = [f"{stem}{ending}" for stem in stems for ending in endings]
    for target in (folder / name for name in (*names, *others)):
        if target.resolve() in pictures:
            raise ValueError(f"--out must be another folder: {str(target)!r}, a picture to read, would be replaced")
        check_file(target, overwrite)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def save_picture(picture, path, overwrite=True):
    """Writes a picture of Pillow, which appears under its name only when it is whole.

    Returns:
        Boolean, whether a former picture was replaced.

    Raises:
        FileExistsError: If something that may not be replaced stands in the way.
    """
    from keras_mobilevitv3.atomic_write import atomic_write
    from keras_mobilevitv3.overwriting import check_file

    replaced = check_file(path, overwrite)
    with atomic_write(path) as unfinished:
        picture.save(unfinished)
    return replaced


def replaced_words(paths):
    """What a report says of replaced files."""
    return f" (replaced: {', '.join(Path(path).name for path in paths)})" if paths else ""
