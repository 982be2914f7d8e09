"""Prints the top-1 and top-5 accuracy of a training run, or of a checkpoint, by the evaluation of its recipe.

    python -m training.evaluate --recipe imagenet1k_multi_head --workdir runs/xs --data imagenet2012
    python -m training.evaluate --recipe imagenet1k_multi_head --variant mobilevitv3_xs --weights imagenet --data DIR

A `--workdir` is evaluated with the averages and with the weights of the last epoch, a complete run; `--weights` takes
what `weights=` of a model takes.
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

import keras

from training.data.evaluation import evaluation_dataset
from training.data.open_sources import open_sources
from training.recipe import override
from training.recipes import find_recipe, list_recipes
from training.train_classifier import build_model, classification_metrics

RUN_FILES = {"average": "last.weights.h5", "raw": "last_raw.weights.h5", "best average": "best.weights.h5"}


def evaluate(recipe, variant, weights, data, data_dir=None):
    """Evaluates a network on the evaluation split of a data set.

    Args:
        recipe: `Recipe`, of which the resize, the crop and the batch size of evaluation are taken.
        variant: String, an id of the table.
        weights: String or `os.PathLike`, as `weights` of a model.
        data: String, as for `open_sources`.
        data_dir: String, as for `open_sources`. Defaults to `None`.

    Returns:
        Dict of `top1` and `top5`, in [0, 1], and `images`, how many there are.
    """
    _, validation = open_sources(data, data_dir)
    classes = len(validation.class_names)
    model = build_model(replace(recipe, weights=str(weights)), variant, classes)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing)
    model.compile(loss=loss, weighted_metrics=classification_metrics(classes))
    result = model.evaluate(evaluation_dataset(validation, recipe.data), return_dict=True, verbose=0)
    return {"top1": result["top1"], "top5": result["top5"], "images": len(validation)}


def main(arguments=None):
    """Runs the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description="Evaluates a classifier.")
    parser.add_argument("--recipe", required=True, help=f"one of {', '.join(list_recipes())}")
    parser.add_argument("--variant", help="id of a network; by default that of the run, or the recipe's first")
    parser.add_argument("--data", help="digits, a folder with train/ and val/, or a name of TensorFlow Datasets")
    parser.add_argument("--data-dir", help="folder of TensorFlow Datasets")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="changes a setting")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--workdir", type=Path, help="folder of a run")
    what.add_argument("--weights", help="imagenet, or the path of a checkpoint")
    options = parser.parse_args(arguments)
    try:
        recipe = override(find_recipe(options.recipe), options.set)
        record = json.loads((options.workdir / "run.json").read_text("utf-8")) if options.workdir else {}
        variant = options.variant or record.get("variant") or recipe.variants[0]
        data = options.data or record.get("data") or recipe.default_data
        if data is None:
            parser.error(f"--data must be given with --recipe {recipe.name}")
        files = {"given": options.weights}
        if options.workdir:
            files = {name: options.workdir / file for name, file in RUN_FILES.items()}
        for name, weights in files.items():
            result = evaluate(recipe, variant, weights, data, options.data_dir)
            print(f"{name:<14}top-1 {result['top1']:.2%}   top-5 {result['top5']:.2%}   {result['images']} images")
            keras.utils.clear_session()
    except (ValueError, FileNotFoundError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
