"""Reads the pictures of a command, and writes pictures to its output folder."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from keras_mobilevitv3.array_types import FilePath, Tensor
from keras_mobilevitv3.error_line import ERROR, print_error


def check_files(*paths: FilePath | None) -> None:
    """Raises `FileNotFoundError` unless each path is a file or `None`."""
    for path in paths:
        if path is not None and not Path(path).is_file():
            raise FileNotFoundError(f"there is no file {path!r}")


def picture_paths(paths: Sequence[str]) -> list[str]:
    """Returns the paths of files, and the paths of the pictures in folders.

    Raises:
        FileNotFoundError: If a path does not exist.
        ValueError: If a folder contains no picture.
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
    """Reader of pictures that continues after an unreadable picture.

    Attributes:
        exit_code: Integer, `0`, or `ERROR` after an unreadable picture.
    """

    def __init__(self) -> None:
        self.exit_code = 0

    def read(self, path: FilePath) -> Tensor | None:
        """Reads a picture with `read_image`. For an unreadable picture, prints an error and returns `None`."""
        from keras_mobilevitv3.preprocessing import read_image

        try:
            return read_image(path)
        except (OSError, ValueError) as error:
            self.exit_code = ERROR
            print_error(error)
            return None


def output_folder(
    images: Sequence[FilePath],
    folder: FilePath,
    endings: Sequence[str],
    others: Sequence[str] = (),
    overwrite: bool = True,
) -> Path:
    """Creates the output folder of a command, and checks that the command may write its files.

    Args:
        images: Sequence of paths, the pictures that the command reads.
        folder: Path of the output folder.
        endings: Sequence of strings. The command writes one file per picture and ending. The name of the file is the
            name of the picture without suffix, followed by the ending.
        others: Sequence of strings, names of other files. Defaults to `()`.
        overwrite: Boolean, whether the command may replace files. Defaults to `True`.

    Returns:
        `pathlib.Path` of the folder.

    Raises:
        ValueError: If two pictures have the same name without suffix, `folder` is a file, or an output would replace
            one of the pictures.
        FileExistsError: If an output would replace a folder, or a file with `overwrite=False`.
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
    """Writes a Pillow image to a file. A failed write leaves the previous file unchanged.

    Args:
        picture: Pillow image.
        path: Path of the file.
        overwrite: Boolean, whether to replace an existing file. Defaults to `True`.

    Returns:
        Boolean, whether the function replaced a file.

    Raises:
        FileExistsError: If `path` is a folder, or an existing file with `overwrite=False`.
    """
    from keras_mobilevitv3.atomic_write import atomic_write
    from keras_mobilevitv3.overwriting import check_file

    replaced = check_file(path, overwrite)
    with atomic_write(path) as unfinished:
        picture.save(unfinished)
    return replaced


def replaced_words(paths: Sequence[str]) -> str:
    """Returns the names of replaced files for a report, or an empty string."""
    return f" (replaced: {', '.join(Path(path).name for path in paths)})" if paths else ""
