"""`run.json`: what a run was, for it to be repeated."""

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

PACKAGES = ("keras", "tensorflow", "jax", "torch", "tensorflow-datasets", "numpy")


def write_run_record(workdir, recipe, **settings):
    """Writes `run.json` with the recipe, the settings, versions, the seed and the commit of this checkout.

    Args:
        workdir: `pathlib.Path` of an existing folder.
        recipe: `Recipe`.
        **settings: What else to write, for JSON.

    Returns:
        Dict of what was written.
    """
    record = {
        "recipe": asdict(recipe),
        "seed": recipe.seed,
        **settings,
        "command": sys.argv,
        "backend": keras.backend.backend(),
        "versions": {"keras_mobilevitv3": keras_mobilevitv3.__version__, "python": platform.python_version()}
        | _versions(),
        "git_commit": _git("rev-parse", "HEAD"),
        "git_changes": bool(_git("status", "--porcelain")),
    }
    with atomic_write(workdir / "run.json") as unfinished:
        Path(unfinished).write_text(json.dumps(record, indent=2, default=asdict) + "\n", encoding="utf-8")
    return record


def _versions():
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _git(*arguments):
    """Output of a git command in this checkout, or `None` without git or a repository."""
    try:
        result = subprocess.run(
            ["git", *arguments], cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return result.stdout.strip()
