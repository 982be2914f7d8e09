"""Writes `run.json`, the record of a run, with which the run can be repeated."""

import json
import platform
import subprocess
import sys
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import keras

import keras_mobilevitv3
from keras_mobilevitv3.atomic_write import atomic_write

PACKAGES = ("keras", "tensorflow", "jax", "torch", "numpy", "pillow", "opencv-python-headless", "grain")


def write_run_record(workdir, recipe, **settings):
    """Writes `run.json` with the recipe, the settings, the versions, the seed and the commit of this checkout.

    A resumed run keeps its file.

    Args:
        workdir: `pathlib.Path` of an existing folder.
        recipe: `Recipe`.
        **settings: Additional settings to write, for JSON.

    Raises:
        ValueError: If the folder has a `run.json` with another recipe or other settings.
    """
    path = workdir / "run.json"
    same = json.loads(json.dumps({"recipe": recipe, **settings}, default=asdict))
    if path.exists():
        _check_same(same, read_record(path), path)
        return
    record = {
        **same,
        "seed": recipe.seed,
        "command": sys.argv,
        "backend": keras.backend.backend(),
        "versions": {"keras_mobilevitv3": keras_mobilevitv3.__version__, "python": platform.python_version()}
        | _versions(),
        "git_commit": _git("rev-parse", "HEAD"),
        "git_changes": bool(_git("status", "--porcelain")),
    }
    with atomic_write(path) as unfinished:
        unfinished.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def read_record(path):
    """Returns the dict of a record. Raises `ValueError` if the file is not a record."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # also raised for a wrong encoding
        raise ValueError(f"`workdir` must be new, or of a run. Received: a damaged {str(path)!r} ({error})") from error
    if not isinstance(record, dict) or "recipe" not in record:
        raise ValueError(f"`workdir` must be new, or of a run. Received: {str(path)!r}, which no run wrote")
    return record


def _check_same(settings, record, path):
    """Raises an error that names the settings that differ from those of a record."""
    flat, found = _flatten(settings), _flatten({name: record.get(name) for name in settings})
    changed = [
        f"{name} {value!r} (was {found.get(name)!r})" for name, value in flat.items() if value != found.get(name)
    ]
    if changed:
        raise ValueError(
            f"`workdir` must be new, or of the same run, to continue it. Received: {str(path.parent)!r} with other "
            f"settings: {', '.join(changed)}"
        )


def _flatten(settings, prefix=""):
    flat = {}
    for name, value in settings.items():
        flat |= _flatten(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return flat


def _versions():
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _git(*arguments):
    """Returns the output of a git command in this checkout, or `None` without git or a repository."""
    try:
        result = subprocess.run(
            ["git", *arguments], cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return result.stdout.strip()
