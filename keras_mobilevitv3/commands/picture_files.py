"""Pictures that commands read, and the folder that they write to."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keras_mobilevitv3.array_types import FilePath
from keras_mobilevitv3.error_line import ERROR, print_error


def check_files(*paths: FilePath | None) -> None:
    """Raises `FileNotFoundError` for the first path that is no file. `None` passes."""
    for path in paths:
        if path is not None and not Path(path).is_file():
            raise FileNotFoundError(f"there is no file {path!r}")


def picture_paths(paths: Sequence[str]) -> list[str]:
    """Lists the paths, with each folder replaced by the pictures in it.

    Raises:
        FileNotFoundError: If a path does not exist.
        ValueError: If a folder holds no picture.
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
    """Reads pictures one by one. An unreadable picture gives an error line and an exit code; the rest is read."""

    def __init__(self):
        self.exit_code = 0

    def read(self, path):
        """Returns the picture as `read_image` does, or `None` if it cannot be read."""
        from keras_mobilevitv3.preprocessing import read_image

        try:
            return read_image(path)
        except (OSError, ValueError) as error:
            self.exit_code = ERROR
            print_error(error)
            return None


def output_folder(
    images: Any, folder: Path, endings: Sequence[str], others: Sequence[str] = (), overwrite: bool = True
) -> Path:
    """Makes the folder for results that are named after pictures, and checks that they may be written.

    Args:
        images: Sequence of the paths of pictures.
        folder: Path of the folder.
        endings: Sequence of strings. For each picture and ending a file is written, named after the picture without
            its suffix, followed by the ending.
        others: Sequence of the names of further files. Defaults to `()`.
        overwrite: Boolean, whether files may be replaced. Defaults to `True`.

    Raises:
        ValueError: If two pictures have the same name without suffix, `folder` is a file, or a result would replace one
            of the pictures.
        FileExistsError: If a file or folder that may not be replaced has the name of a result.
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


def save_picture(picture: Any, path: FilePath, overwrite: bool = True) -> bool:
    """Writes a picture of Pillow. The file gets its name only when it is complete.

    Returns:
        Boolean, whether a file was replaced.

    Raises:
        FileExistsError: If a file or folder that may not be replaced has the name.
    """
    from keras_mobilevitv3.atomic_write import atomic_write
    from keras_mobilevitv3.overwriting import check_file

    replaced = check_file(path, overwrite)
    with atomic_write(path) as unfinished:
        picture.save(unfinished)
    return replaced


def replaced_words(paths: Sequence[str]) -> str:
    """The part of a report about replaced files: their names, or nothing."""
    return f" (replaced: {', '.join(Path(path).name for path in paths)})" if paths else ""
