"""The demo from the data to the exported files."""

import sys
import time
from pathlib import Path

import keras
import numpy as np

from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.demo.artefacts import FILES, FOLDER, save_and_compare
from keras_mobilevitv3.demo.digits import load_digits
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


def run_demo(folder, epochs=8, seed=0, digits=None, overwrite=True):
    """Trains, evaluates, draws and exports a MobileViTv3-XXS for handwritten digits, telling what it does.

    Args:
        folder: Path to write to; it is made if it is not there. Only what a former demo wrote is replaced.
        epochs: Integer. Defaults to `8`.
        seed: Integer. Defaults to `0`.
        digits: `Digits`, other images than all of scikit-learn's. Defaults to `None`.
        overwrite: Boolean, whether to replace the files of a former demo. Defaults to `True`.

    Returns:
        Dict of `"accuracy"` on the test images, the `"seconds"` of the training, `"differences"`, that of each file
        from the live model, by its path, and `"replaced"`, the list of the paths that a former demo had written.

    Raises:
        FileExistsError: If something stands in the way that no demo wrote. The message names it.
        ImportError: If something of the extra `train` is not installed.
    """
    new_figure((1, 1))  # what is missing shows now, not after the training
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
    print("\nFiles, and their largest difference from the live model on the test images:")
    differences = {}
    for path, difference in save_and_compare(model, digits.test_images.astype("float32"), folder):
        differences[str(path)] = difference
        print(f"  {str(path):<24} {difference:.1e}")
    if replaced:
        print(f"Replaced: {', '.join(path.name for path in replaced)}")
    print_next_steps(folder)
    return {"accuracy": accuracy, "seconds": seconds, "differences": differences, "replaced": list(map(str, replaced))}


def check_targets(folder, overwrite):
    """Checks that all files of a demo may be written to a folder.

    Returns:
        List of the paths of files and folders that will be replaced.
    """
    names = class_names("digits")
    files = [*FIGURES, *(sample_name(label) for label in range(len(names))), *FILES]
    replaced = [folder / name for name in files if check_file(folder / name, overwrite)]
    if check_file(folder / NAMES_FILE, overwrite):
        if (folder / NAMES_FILE).read_text(encoding="utf-8").split("\n") != [*names, ""]:
            raise FileExistsError(f"{str(folder / NAMES_FILE)!r} stands in the way: it lists other names than a demo's")
        replaced.append(folder / NAMES_FILE)
    return replaced + ([folder / FOLDER] if check_folder(folder / FOLDER, overwrite) else [])


def evaluate(model, digits, folder):
    """Prints the test accuracy, and writes the pictures and the class names."""
    names = class_names("digits")
    scores = model.predict(digits.test_images, verbose=0)
    predicted = scores.argmax(axis=1)
    accuracy = float(np.mean(predicted == digits.test_labels))
    correct = int(np.sum(predicted == digits.test_labels))
    print(f"\nTest accuracy: {accuracy:.2%} ({correct} of {len(predicted)})\n")
    save_confusion_matrix(digits.test_labels, predicted, names, folder / FIGURES[0])
    save_predictions(digits.test_images, digits.test_labels, scores, names, folder / FIGURES[1])
    save_samples(digits.test_images, digits.test_labels, len(names), folder)
    with atomic_write(folder / NAMES_FILE) as unfinished:
        unfinished.write_text("\n".join(names) + "\n", encoding="utf-8")
    for name in FIGURES:
        print(f"Picture: {folder / name}")
    return accuracy


def print_next_steps(folder):
    program = command_name()
    print("\nNext, try:")
    print(
        f"  {program} predict {folder / 'digit_3.png'} --weights {folder / 'digits.keras'} "
        f"--classes {folder / NAMES_FILE}"
    )
    print(f"  {program} profile mobilevitv3_xs")
    print(f"  {program} list 'mobilevitv3_*'")


def command_name():
    """How the command line is called here: by its path, seen from the working folder, where it is installed."""
    installed = Path(sys.executable).with_name("keras-mobilevitv3")
    if not installed.exists():
        return f"{Path(sys.executable).name} -m keras_mobilevitv3"
    working_folder = Path.cwd()
    return str(installed.relative_to(working_folder) if installed.is_relative_to(working_folder) else installed)
