"""Prints the published figures of a training run, or of a checkpoint, by the evaluation of its recipe.

    python -m training.evaluate --recipe imagenet1k_multi_head --workdir runs/xs --data imagenet2012
    python -m training.evaluate --recipe imagenet1k_multi_head --variant mobilevitv3_xs --weights imagenet --data DIR

For a classifier these are the top-1 and top-5 accuracy; for a segmenter the mean intersection over union and that of
each class, by both published protocols; for a detector the twelve figures of COCO. A `--workdir` is evaluated with the
averages and with the weights of the last epoch, a complete run; `--weights` takes what `weights=` of a model takes.
"""

import argparse
import json
import sys
from pathlib import Path

import keras

from training.override import override
from training.recipes import find_recipe, list_recipes
from training.tasks import find_task

RUN_FILES = {"average": "last.weights.h5", "raw": "last_raw.weights.h5", "best average": "best.weights.h5"}


def main(arguments=None):
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description="Evaluates a network.")
    parser.add_argument("--recipe", required=True, help=f"one of {', '.join(list_recipes())}")
    parser.add_argument("--variant", help="id of a network; by default that of the run, or the recipe's first")
    parser.add_argument("--data", help="name or folder of a data set, as for training")
    parser.add_argument("--data-dir", help="folder of TensorFlow Datasets")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="changes a setting")
    parser.add_argument("--json", action="store_true", help="print JSON")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--workdir", type=Path, help="folder of a run")
    what.add_argument("--weights", help="published weights, as imagenet, or the path of a checkpoint")
    options = parser.parse_args(arguments)
    try:
        recipe = override(find_recipe(options.recipe), options.set)
        record = {}
        if options.workdir:
            if not (options.workdir / "run.json").is_file():
                parser.error(f"--workdir must be the folder of a run, with its run.json. Received: {options.workdir}")
            record = json.loads((options.workdir / "run.json").read_text("utf-8"))
        variant = options.variant or record.get("variant") or recipe.variants[0]
        data = options.data or record.get("data") or recipe.default_data
        if data is None:
            parser.error(f"--data must be given with --recipe {recipe.name}")
        task = find_task(recipe)
        files = {"given": options.weights}
        if options.workdir:
            files = {name: options.workdir / file for name, file in RUN_FILES.items()}
        for name, weights in files.items():
            result = task.evaluate(recipe, variant, weights, data, options.data_dir)
            print(json.dumps({"weights": name, **result}) if options.json else f"{name:<14}{task.describe(result)}")
            keras.utils.clear_session()
    except (ValueError, FileNotFoundError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
