"""Trains the five networks of the paper's ablation (table 5) on handwritten digits and prints a table.

    python -m training.ablation --workdir runs/ablation
    python -m training.ablation --workdir runs/ablation --epochs 5 --set data.image_size=32 --json

All networks train by the recipe `digits`. This is a demonstration: it shows that each row trains and what the row
costs, not which row is better. `recipes/imagenet1k_ablation.py` has the published figures, which come from ImageNet.
Each row is a run of `training.train` in its own folder in the workdir. The same command continues an interrupted run.
"""

import argparse
import csv
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import keras

from keras_mobilevitv3 import profile
from training.distribution import Strategy
from training.override import override
from training.recipes import find_recipe
from training.smoke import smoke
from training.sources.open_sources import open_sources
from training.tasks.classification import build_model
from training.train import train

DATA = "digits"
NOTE = "A demonstration: {epochs} epochs of digits, {images} test images; one image is {one:.2%}."


@dataclass(frozen=True)
class Row:
    """A network of the ablation after its training.

    Args:
        variant: String, id of the network.
        parameters: Integer.
        multiply_adds: Integer, for an image of the size of the evaluation.
        top1: Float in [0, 1], accuracy of the moving averages.
        raw_top1: Float in [0, 1], accuracy of the weights.
    """

    variant: str
    parameters: int
    multiply_adds: int
    top1: float
    raw_top1: float


def run_ablation(recipe, workdir, variants=None):
    """Trains the rows one after the other, or continues interrupted rows.

    Args:
        recipe: `ClassificationRecipe` for digits, the same for all rows.
        workdir: `pathlib.Path`. Each row has a folder there, named after the id of the network.
        variants: Sequence of ids, or `None` for the rows of the paper. Defaults to `None`.

    Returns:
        List of `Row`.

    Raises:
        ValueError, FloatingPointError, Interrupted: See `training.train.train`.
    """
    rows = []
    for variant in variants or find_recipe("imagenet1k_ablation").variants:
        train(recipe, variant, DATA, workdir / variant, Strategy())
        keras.utils.clear_session()
        rows.append(_row(recipe, variant, workdir / variant))
    return rows


def _row(recipe, variant, folder):
    """Returns the row of a complete run. The log has the metrics, also if the run was complete before."""
    with open(folder / "log.csv", newline="", encoding="utf-8") as file:
        *_, last = csv.DictReader(file)
    size = recipe.data.evaluation_size
    cost = profile(build_model(recipe, variant, open_sources(DATA)[1].class_names), (size, size, 3))
    return Row(variant, cost.parameters, cost.multiply_adds, float(last["val_top1"]), float(last["val_raw_top1"]))


def table(rows):
    """Returns the rows as lines of text."""
    lines = [f"{'network':<28}{'parameters':>12}{'MACs (M)':>10}{'averages':>10}{'weights':>10}"]
    lines += [
        f"{row.variant:<28}{row.parameters:>12,}{row.multiply_adds / 1e6:>10.2f}{row.top1:>10.2%}{row.raw_top1:>10.2%}"
        for row in rows
    ]
    return "\n".join(lines)


def main(arguments=None):
    """Runs the command and returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.ablation", description="The paper's ablation on digits.")
    parser.add_argument("--workdir", required=True, type=Path, help="folder of the runs")
    parser.add_argument("--epochs", type=int, help="number of epochs. Default: that of the recipe digits")
    parser.add_argument(
        "--smoke", action="store_true", help="try everything out with short runs, some minutes on a CPU"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="change a setting of the recipe digits"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    epochs = [] if options.epochs is None else [f"epochs={options.epochs}"]
    try:
        recipe = find_recipe("digits")
        recipe = override(smoke(recipe) if options.smoke else recipe, [*options.set, *epochs])
        rows = run_ablation(recipe, options.workdir)
    except (ValueError, FloatingPointError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    images = len(open_sources(DATA)[1])
    note = NOTE.format(epochs=recipe.epochs, images=images, one=1 / images)
    told = {"note": note, "rows": [asdict(row) for row in rows]}
    print(json.dumps(told) if options.json else f"\n{table(rows)}\n{note}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
