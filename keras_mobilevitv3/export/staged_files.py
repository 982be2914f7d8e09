import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def staged_files(folder):
    """Gives an empty folder inside `folder`; what is in it at the end is moved to `folder`, and takes the place there.

    After an error nothing is left of it, nor of folders that had to be made for it.

    Args:
        folder: `pathlib.Path` of a folder, made if missing.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=folder, prefix="unfinished-"))
    try:
        yield staging
        for path in sorted(staging.iterdir()):
            target = folder / path.name
            if target.is_dir():
                shutil.rmtree(target)  # a folder cannot be replaced in one step
            os.replace(path, target)
    except BaseException:
        shutil.rmtree(staging)
        for path in missing:
            path.rmdir()
        raise
    staging.rmdir()
