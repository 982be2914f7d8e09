"""The command `keras-mobilevitv3 benchmark`."""

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from keras_mobilevitv3.array_types import Model
from keras_mobilevitv3.commands import options
from keras_mobilevitv3.commands.heads import DEFAULT_HEAD
from keras_mobilevitv3.commands.model_files import check_own_settings, check_variant, is_keras_file
from keras_mobilevitv3.exporting.formats import FORMATS, format_of_path
from keras_mobilevitv3.file_contents import kind_of_file

NAME = "benchmark"
SUMMARY = "time models on this machine"
DESCRIPTION = (
    "Times networks with random weights, .keras files and exported files on random images. The models take turns, one "
    "call each, so that a slower moment of the machine affects all of them. Networks and .keras files run by "
    "`predict_on_batch` on the backend of Keras, exported files in their own runtime."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "models",
        nargs="+",
        metavar="MODEL",
        help=f"id of a network, .keras file, exported {options.in_words(exported_suffixes())} file, or folder of a "
        "SavedModel",
    )
    parser.add_argument(
        "--size",
        type=int,
        metavar="N",
        help="height and width of the images; a .keras file of a fixed size has its own size; an exported file needs "
        f"the size it was written for (default: {DEFAULT_HEAD.image_size})",
    )
    parser.add_argument("--batch", type=int, default=1, metavar="N", help="images per call (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=20, metavar="N", help="timed calls (default: %(default)s)")
    parser.add_argument(
        "--threads",
        type=int,
        metavar="N",
        help=f"CPU threads for {options.in_words(exported_suffixes(), 'and')} files (default: the runtime decides)",
    )
    options.add_json(parser)


def run(arguments: argparse.Namespace) -> None:
    for name in ("size", "batch", "rounds", "threads"):
        value = getattr(arguments, name)
        if value is not None and value < 1:
            raise ValueError(f"--{name} must be at least 1. Received: {value}")
    models = list(map(Path, arguments.models))
    for path in models:
        check_model(path)
    if arguments.threads is not None and not any(path.suffix in exported_suffixes() for path in models):
        raise ValueError(f"--threads must be left out unless a model is a {', '.join(exported_suffixes())} file")
    calls = {name: open_call(name, arguments) for name in dict.fromkeys(arguments.models)}
    rows = [describe(name, seconds, arguments.batch) for name, seconds in timed(calls, arguments.rounds).items()]
    if arguments.json:
        print(json.dumps(rows, indent=2))
    else:
        print_rows(rows)


def exported_suffixes() -> list[str]:
    return [format.suffix for format in FORMATS.values() if format.suffix]


def check_model(path: Path) -> None:
    """Raises an error unless a path may be a model.

    Raises:
        ValueError: If the path is `saved_model.pb`, a file with another suffix than that of a model, or a word that
            is not the id of a network.
        FileNotFoundError: If the path does not exist and is not a word.
    """
    if path.name == "saved_model.pb":
        raise ValueError(f"a SavedModel must be given by its folder, {str(path.parent)!r}. Received: {str(path)!r}")
    is_file = path.suffix in (".keras", *exported_suffixes())
    if path.is_file() and not is_file:
        suffixes = ", ".join((".keras", *exported_suffixes()))
        raise ValueError(
            f"MODEL must be the id of a network, a file ending in {suffixes}, or the folder of a SavedModel. "
            f"Received: {str(path)!r}, {kind_of_file(path)}"
        )
    if not path.exists() and (is_file or path.suffix or len(path.parts) > 1):
        raise FileNotFoundError(f"there is no file {str(path)!r}")
    if not path.exists():
        check_variant("MODEL", str(path))


def open_call(name: str, arguments: argparse.Namespace) -> Callable:
    """Returns a function without arguments that computes the outputs of a model for a batch of images."""
    import numpy as np

    size = arguments.size or DEFAULT_HEAD.image_size
    shape = (size, size, 3)
    path = Path(name)
    if path.suffix in exported_suffixes() or path.is_dir():
        from keras_mobilevitv3.exporting.runtimes import open_artefact

        format = format_of_path(path).name
        predict = open_artefact(latest_version(path), format, arguments.threads, one_by_one=False)
    else:
        model = load_model(name, shape)
        # With several models, `--size` may be the size of another model.
        if len(set(arguments.models)) == 1 and None not in model.inputs[0].shape[1:3]:
            check_own_settings(model, name, size=arguments.size)
        height, width = (known or size for known in model.inputs[0].shape[1:3])
        shape = (height, width, 3)
        predict = model.predict_on_batch
    images = np.random.default_rng(0).uniform(0, 255, (arguments.batch, *shape)).astype("float32")

    def call():
        try:
            return predict(images)
        except Exception as error:
            size = "x".join(map(str, shape[:2]))
            raise ValueError(
                f"{name} does not run on {arguments.batch} images of {size}; --size and --batch must be those that it "
                f"takes: {error}"
            ) from error

    return call


def latest_version(path: Path) -> Path:
    """Returns the folder of the latest version in a folder of versions, or the path of a file or SavedModel itself.

    Raises:
        FileNotFoundError: If a folder contains no SavedModel.
    """
    if path.is_file() or (path / "saved_model.pb").is_file():
        return path
    versions = [int(child.name) for child in path.iterdir() if child.name.isdecimal()]
    if not versions:
        raise FileNotFoundError(f"there is no SavedModel in {str(path)!r}")
    return path / str(max(versions))


def load_model(name: str, shape: tuple[int, ...]) -> Model:
    if is_keras_file(name):
        import keras

        return keras.saving.load_model(name, compile=False)
    return DEFAULT_HEAD.build(name, weights=None, input_shape=shape)


def timed(calls: Mapping[str, Callable], rounds: int) -> dict[str, list[float]]:
    """Calls each function once per round, and returns the seconds of the calls.

    The first round compiles functions and is not timed.

    Args:
        calls: Dict from names to functions without arguments.
        rounds: Integer, number of timed rounds.

    Returns:
        Dict from names to lists of `rounds` floats.
    """
    times: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds + 1):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if number > 0:
                times[name].append(time.perf_counter() - start)
    return times


def describe(name: str, seconds: list[float], batch: int) -> dict[str, Any]:
    import statistics

    median = statistics.median(seconds)
    low, _, high = statistics.quantiles(seconds, n=4) if len(seconds) > 1 else seconds * 3
    milliseconds = {"median_ms": median * 1e3, "low_quartile_ms": low * 1e3, "high_quartile_ms": high * 1e3}
    return {"model": name, **milliseconds, "images_per_second": batch / median}


def print_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    from keras_mobilevitv3.commands.terminal import print_table

    columns = dict.fromkeys(("median (ms)", "middle half (ms)", "images/s", "speed"), "right")
    print_table(
        {"model": "left", **columns},
        [
            (
                row["model"],
                f"{row['median_ms']:.2f}",
                f"{row['low_quartile_ms']:.2f} - {row['high_quartile_ms']:.2f}",
                f"{row['images_per_second']:.1f}",
                f"{rows[0]['median_ms'] / row['median_ms']:.2f}",
            )
            for row in rows
        ],
    )
