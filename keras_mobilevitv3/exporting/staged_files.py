import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from keras_mobilevitv3.overwriting import check_file, check_folder, replace_folder, write_manifest


@contextmanager
def staged_files(folder, overwrite=True, kinds=None):
    """Yields an empty temporary folder inside `folder`. On success its files and folders are moved to `folder`.

    They replace what `overwriting` allows to replace; folders get a manifest. On error the temporary folder is deleted,
    and so are the folders that had to be made for it.

    Args:
        folder: `pathlib.Path` of a folder, made if missing.
        overwrite: Boolean, whether files and folders of the same names may be replaced. Defaults to `True`.
        kinds: Dict from the name of a file to the kinds of files that it may replace, see `check_file`. Defaults to
            `None`: those that its suffix tells.

    Raises:
        FileExistsError: If something that may not be replaced stands in the way. Then nothing is replaced.
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
