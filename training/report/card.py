"""Writes the card of a training run: what was trained, the results, and how to use the weights."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from keras_mobilevitv3.datasets import DATASETS
from keras_mobilevitv3.weights.hub.catalogue import LICENSES, PRETRAINED
from training.report.results import BEST, LAST, LAST_RAW, best_epoch, result_rows
from training.report.table import markdown_table
from training.report.trained_run import TrainedRun
from training.report.usage import export_command, python_code

NOUNS = {"classification": "Image classifier", "segmentation": "Segmenter", "detection": "Object detector"}
MOST_CLASSES_IN_CARD = 20
FILES = {
    BEST: "moving averages of the weights after the best epoch",
    LAST: "moving averages of the weights after the last epoch",
    LAST_RAW: "weights after the last epoch, without averaging",
    "run.json": "recipe, seed, command, versions of packages and commit",
    "log.csv": "metrics of each epoch",
    "logs": "the same for TensorBoard",
    "checkpoints": "state of the training, from which an interrupted run continues",
    "report/curves.png": "curves of the log",
    "report/confusion_matrix.png": "confusion matrix",
    "report/per_class.md": "scores of each class",
    "report/per_class.csv": "scores of each class, with all digits",
    "report/classes.txt": "class names, one per line, in the order of the outputs",
}


def training_card(
    run: TrainedRun,
    log: Mapping[str, np.ndarray],
    monitor: str,
    files: Collection[str],
    weights: str = BEST,
    figures: Mapping[str, float] | None = None,
    confused: Sequence[tuple[str, str, int]] = (),
) -> str:
    """Returns the card of a training run as Markdown, for a file `report/README.md` in the folder of the run.

    Args:
        run: `TrainedRun`.
        log: Dict that `read_log` returned. An empty log leaves out the metrics.
        monitor: String, metric by which the run chose the best averages.
        files: Collection of strings, the keys of `FILES` that the folder of the run has. Only these are listed, and
            only these pictures are shown.
        weights: String, name of the weights file that the card shows how to use, and to which `figures`, the confusion
            matrix and the scores of the classes belong. Defaults to `"best.weights.h5"`.
        figures: Dict of further evaluation results, such as COCO's, or `None`. Defaults to `None`.
        confused: Sequence that `most_confused` returned. Defaults to `()`.

    Raises:
        ValueError: If the log has epochs, but not the metric `monitor`.
    """
    sections = [
        f"# {run.variant} on {run.data}",
        _summary(run, log),
        "## Results",
        _results(log, monitor),
        _evaluation(files, weights, figures or {}, confused),
        "## Use",
        _use(run, weights),
        "## Settings",
        f"The settings of the recipe `{run.recipe}` in this run that differ from the defaults:",
        _table(("setting", "value"), [(f"`{name}`", f"`{value!r}`") for name, value in run.settings.items()]),
        "## Files",
        _table(("file", "contents"), [(f"[{name}](../{name})", FILES[name]) for name in FILES if name in files]),
    ]
    return "\n\n".join(section.strip() for section in sections if section) + "\n"


def _summary(run, log):
    names = ", ".join(run.class_names[:MOST_CLASSES_IN_CARD])
    if len(run.class_names) > MOST_CLASSES_IN_CARD:
        names += ", ... ([all names](classes.txt))"
    start, license = _start(run)
    several = ", several classes per image" if run.several_labels else ""
    head = "" if run.task == "classification" else f" with the head `{run.head}`"
    facts = {
        "Task": f"{NOUNS[run.task]}{several}",
        "Network": f"`{run.variant}`{head}",
        "Data set": f"`{run.data}`",
        "Classes": f"{len(run.class_names)}: {names}",
        "Image size": f"{run.image_size}x{run.image_size}, RGB, pixel values 0-255",
        "Recipe": f"`{run.recipe}`" + (f", {int(log['epoch'][-1]) + 1} epochs" if log else ""),
        "Start": start,
        "License of the weights": license,
    }
    return "\n".join(f"- **{name}**: {value}" for name, value in facts.items())


def _start(run):
    """Returns the initial weights and the license of the trained weights, in words."""
    if run.start is None:
        return "random weights", "not stated. The terms of the data set may apply."
    if run.start not in DATASETS:
        return f"weights of `{run.start}`", "not stated. The terms of these weights and of the data set may apply."
    rows = [row for row in PRETRAINED if (row.variant, row.dataset) == (run.variant, run.start)]
    licenses = dict.fromkeys(f"[{LICENSES[row.license].name}]({LICENSES[row.license].url})" for row in rows)
    terms = " or ".join(licenses) or "not stated"
    return f"published weights of {DATASETS[run.start].title}", f"the terms of the published weights apply: {terms}"


def _results(log, monitor):
    if not log:
        return "The log of the run is empty."
    metric, epoch, last = monitor.removeprefix("val_"), best_epoch(log, monitor), int(log["epoch"][-1]) + 1
    order = "lowest" if monitor.endswith("loss") else "highest"
    return (
        f"Metrics on the evaluation images. `{BEST}` is from epoch {epoch} of {last}, with the {order} `{metric}`.\n\n"
        f"{markdown_table(result_rows(log, monitor))}"
    )


def _evaluation(files, weights, figures, confused):
    """Returns the pictures, and what belongs to one weights file."""
    parts = ["![Curves](curves.png)"] if "report/curves.png" in files else []
    if figures:
        table = markdown_table([{"figure": name, "value": float(value)} for name, value in figures.items()])
        parts.append(f"Evaluation of `{weights}`:\n\n{table}".strip())
    if "report/confusion_matrix.png" in files:
        parts.append(f"Confusion matrix of `{weights}`:\n\n![Confusion matrix](confusion_matrix.png)")
    if confused:
        rows = [{"true class": true, "predicted class": predicted, "images": n} for true, predicted, n in confused]
        parts.append(f"The most confused classes:\n\n{markdown_table(rows)}".strip())
    if "report/per_class.md" in files:
        parts.append(f"[Scores of each class](per_class.md) of `{weights}`.")
    return "\n\n".join(parts)


def _use(run, weights):
    after = ", after the code above," if run.several_labels else ""
    return (
        "In the folder of the run, this code predicts on the picture `photo.jpg`:\n\n"
        f"```python\n{python_code(run, weights)}```\n\n"
        f"In the same folder, this command{after} writes the model for another runtime (`keras-mobilevitv3 export "
        f"--help` lists the formats):\n\n```\n{export_command(run, weights)}\n```"
    )


def _table(titles: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    return markdown_table([dict(zip(titles, row)) for row in rows]) if rows else "None."
