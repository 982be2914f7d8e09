import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from keras_mobilevitv3.overwriting import check_file, check_folder, replace_folder, write_manifest


@contextmanager
def staged_files(
    folder: Path, overwrite: bool = True, kinds: Mapping[str, tuple[str, ...]] | None = None
) -> Iterator[Path]:
    """Yields an empty temporary folder inside `folder`. On success its files and folders are moved to `folder`.

    Existing files and folders are replaced as far as `overwriting` allows. Each moved folder gets a manifest. On error
    the temporary folder is deleted, along with the folders created for it.

    Args:
        folder: `pathlib.Path` of a folder. It is created if missing.
        overwrite: Boolean, whether files and folders of the same names may be replaced. Defaults to `True`.
        kinds: Dict from the name of a file to the kinds of files that it may replace; see `check_file`. Defaults to
            `None`: the kinds that belong to the suffix.

    Raises:
        FileExistsError: If an existing file or folder may not be replaced. Then nothing is replaced.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=folder, prefix="unfinished-"))
    try:
        yield staging
        paths = sorted(staging.iterdir())
        for path in paths:
            if path.is_dir():
                check_folder(folder / path.name, overwrite)
            else:
                check_file(folder / path.name, overwrite, (kinds or {}).get(path.name))
        for path in paths:
            if path.is_dir():
                write_manifest(path)
                replace_folder(path, folder / path.name)
            else:
                os.replace(path, folder / path.name)
    except BaseException:
        shutil.rmtree(staging)
        for path in missing:
            path.rmdir()
        raise
    staging.rmdir()
