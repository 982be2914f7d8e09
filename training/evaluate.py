"""Evaluates a training run or a checkpoint as its recipe does, and prints the results.

    python -m training.evaluate --workdir runs/xs
    python -m training.evaluate --recipe imagenet1k_multi_head --variant mobilevitv3_xs --weights imagenet --data DIR

The results of a classifier are the top-1 and top-5 accuracy. The results of a segmenter are the mean intersection over
union and the intersection over union of each class, by both published protocols. The results of a detector are the
twelve figures of COCO. `--workdir` is the folder of a complete run: its last averages, its last weights and its best
averages are evaluated, with the settings of the run. `--weights` takes the same values as `weights=` of a model.
"""

import argparse
import json
import sys
from pathlib import Path

import keras

from training.override import override, restored
from training.recipes import find_recipe, list_recipes
from training.resume.run_record import read_record
from training.tasks import find_task

RUN_FILES = {"average": "last.weights.h5", "raw": "last_raw.weights.h5", "best average": "best.weights.h5"}


def main(arguments=None):
    """Runs the command and returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m training.evaluate", description="Evaluates a training run or a checkpoint."
    )
    parser.add_argument("--recipe", help=f"one of {', '.join(list_recipes())}. Default: that of the run")
    parser.add_argument("--variant", help="id of the network. Default: that of the run, or the first of the recipe")
    parser.add_argument("--data", help="name or folder of the data set, as in training. Default: that of the run")
    parser.add_argument("--data-dir", help="folder of TensorFlow Datasets")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change a setting")
    parser.add_argument("--json", action="store_true", help="print JSON")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--workdir", type=Path, help="folder of a run")
    what.add_argument("--weights", help="published weights, such as imagenet, or the path of a checkpoint")
    options = parser.parse_args(arguments)
    try:
        record = {}
        if options.workdir:
            if not (options.workdir / "run.json").is_file():
                parser.error(f"--workdir must be the folder of a run, with its run.json. Received: {options.workdir}")
            record = read_record(options.workdir / "run.json")
        if not (options.recipe or record):
            parser.error("--recipe must be given with --weights")
        name = options.recipe or record["recipe"]["name"]
        recipe = find_recipe(name)
        if name == record.get("recipe", {}).get("name"):
            recipe = restored(recipe, record["recipe"])
        recipe = override(recipe, options.set)
        variant = options.variant or record.get("variant") or recipe.variants[0]
        data = options.data or record.get("data") or recipe.default_data
        if data is None:
            parser.error(f"--data must be given, because the recipe {recipe.name} has no default data set")
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
