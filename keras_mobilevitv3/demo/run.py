"""The demo, from data to exported files."""

import os
import sys
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_mobilevitv3.array_types import Model
from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.demo.artefacts import FILES, FOLDER, save_and_compare
from keras_mobilevitv3.demo.digits import Digits, load_digits
from keras_mobilevitv3.demo.pictures import (
    new_figure,
    sample_name,
    save_confusion_matrix,
    save_predictions,
    save_samples,
)
from keras_mobilevitv3.demo.training import train_classifier
from keras_mobilevitv3.overwriting import check_file, check_folder
from keras_mobilevitv3.preprocessing import class_names

FIGURES = ("confusion_matrix.png", "predictions.png")
NAMES_FILE = "classes.txt"


def run_demo(
    folder: str | os.PathLike[str],
    epochs: int = 8,
    seed: int = 0,
    digits: Digits | None = None,
    overwrite: bool = True,
) -> dict[str, Any]:
    """Trains, evaluates and exports a MobileViTv3-XXS for handwritten digits, and prints each step.

    Args:
        folder: Path of the folder to write to. A missing folder is created. Only files of an earlier demo are replaced.
        epochs: Integer, number of epochs. Defaults to `8`.
        seed: Integer, seed of the training. Defaults to `0`.
        digits: `Digits`, the images to train and test on. Defaults to `None`: all digits of scikit-learn.
        overwrite: Boolean, whether to replace the files of an earlier demo. Defaults to `True`.

    Returns:
        Dict of `"accuracy"` on the test images; `"seconds"`, the duration of the training; `"differences"`, a dict from
        the path of each exported file to the largest difference of the outputs from the trained model; and
        `"replaced"`, the list of the replaced paths.

    Raises:
        FileExistsError: If `folder` contains a file of this name that is not from a demo. The message names the file.
        ImportError: If a package of the extra `train` is not installed.
    """
    new_figure((1, 1))  # raises an `ImportError` before the training, not after
    folder = Path(folder)
    replaced = check_targets(folder, overwrite)
    folder.mkdir(parents=True, exist_ok=True)
    digits = load_digits() if digits is None else digits
    print(f"Keras {keras.version()} on {keras.backend.backend()}")
    print(f"{len(digits.train_images)} handwritten digits to train on, {len(digits.test_images)} to test")
    start = time.perf_counter()
    model = train_classifier(digits.train_images, digits.train_labels, epochs, seed)
    seconds = time.perf_counter() - start
    print(f"Trained in {seconds:.0f} s")
    accuracy = evaluate(model, digits, folder)
    print("\nFiles, and their largest difference from the trained model on the test images:")
    differences = {}
    for path, difference in save_and_compare(model, digits.test_images.astype("float32"), folder):
        differences[str(path)] = difference
        print(f"  {str(path):<24} {difference:.1e}")
    if replaced:
        print(f"Replaced: {', '.join(path.name for path in replaced)}")
    print_next_steps(folder)
    return {"accuracy": accuracy, "seconds": seconds, "differences": differences, "replaced": list(map(str, replaced))}


def check_targets(folder: Path, overwrite: bool) -> list[Path]:
    """Checks that the demo may write all files to a folder.

    Args:
        folder: `pathlib.Path` of the folder.
        overwrite: Boolean, whether to replace the files of an earlier demo.

    Returns:
        List of the paths of the files and folders that the demo will replace.

    Raises:
        FileExistsError: If a file exists that is not from a demo, or with `overwrite=False` if any file exists.
    """
    names = class_names("digits")
    files = [*FIGURES, *(sample_name(label) for label in range(len(names))), *FILES]
    replaced = [folder / name for name in files if check_file(folder / name, overwrite)]
    if check_file(folder / NAMES_FILE, overwrite):
        if (folder / NAMES_FILE).read_text(encoding="utf-8").split("\n") != [*names, ""]:
            raise FileExistsError(f"{str(folder / NAMES_FILE)!r} is not from a demo: the file lists other class names")
        replaced.append(folder / NAMES_FILE)
    return replaced + ([folder / FOLDER] if check_folder(folder / FOLDER, overwrite) else [])


def evaluate(model: Model, digits: Digits, folder: Path) -> float:
    """Prints and returns the test accuracy, and writes the pictures and the class names to a folder."""
    names = class_names("digits")
    scores = model.predict(digits.test_images, verbose=0)
    predicted = scores.argmax(axis=1)
    accuracy = float(np.mean(predicted == digits.test_labels))
    correct = int(np.sum(predicted == digits.test_labels))
    print(f"\nTest accuracy: {accuracy:.2%} ({correct} of {len(predicted)})\n")
    save_confusion_matrix(digits.test_labels, predicted, names, folder / FIGURES[0])
    save_predictions(digits.test_images, digits.test_labels, scores, names, folder / FIGURES[1])
    save_samples(digits.test_images, digits.test_labels, len(names), folder)
    with atomic_write(folder / NAMES_FILE) as temporary_path:
        temporary_path.write_text("\n".join(names) + "\n", encoding="utf-8")
    for name in FIGURES:
        print(f"Picture: {folder / name}")
    return accuracy


def print_next_steps(folder: Path) -> None:
    """Prints commands to try after the demo."""
    program = command_name()
    print("\nNext, try:")
    print(
        f"  {program} predict {folder / 'digit_3.png'} --weights {folder / 'digits.keras'} "
        f"--classes {folder / NAMES_FILE}"
    )
    print(f"  {program} profile mobilevitv3_xs")
    print(f"  {program} list 'mobilevitv3_*'")


def command_name() -> str:
    """Returns the command that runs the command line of this package.

    The command is the path of the installed script, relative to the working folder if possible, or `python -m`.
    """
    installed = Path(sys.executable).with_name("keras-mobilevitv3")
    if not installed.exists():
        return f"{Path(sys.executable).name} -m keras_mobilevitv3"
    working_folder = Path.cwd()
    return str(installed.relative_to(working_folder) if installed.is_relative_to(working_folder) else installed)
