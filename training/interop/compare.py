"""Trains heads of this and other libraries on scenes of digits, at the same budget, and prints their results.

    python -m training.interop --task segmentation --weights runs/encoder/best.weights.h5 --workdir runs/interop

All heads start from the same backbone and see the same scenes in the same order. The optimizer is that of the recipe
`digit_scenes_segmentation` or `digit_scenes_detection`; some heads have another learning rate. The results are the mean
IoU or COCO's average precision of the last weights, not of averages. The environment variable KERAS_BACKEND names the
backend.
"""

import argparse
import json
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import keras

from keras_mobilevitv3.atomic_write import atomic_write
from keras_mobilevitv3.overwriting import check_file
from training.batches.evaluation import build_evaluation
from training.batches.fit_data import fit_data
from training.batches.pipeline import build_epoch, epoch_plan
from training.detection_results import detection_results, evaluated_part
from training.interop.heads import BATCHES, BUILDERS, LEARNING_RATES
from training.metrics.coco_average_precision import coco_average_precision
from training.recipes import find_recipe
from training.sources.digit_scenes import LARGE, digit_scenes_detection_sources, digit_scenes_segmentation_sources
from training.tasks import segmentation
from training.train import build_optimizer

SOURCES = {
    "segmentation": digit_scenes_segmentation_sources,
    "detection": partial(digit_scenes_detection_sources, scale=LARGE),  # the backbone has learned digits of this size
}
TEST_SCENES = 300


def compile_arguments(model, task, recipe, class_names):
    """Returns the arguments of `compile` except the optimizer. Detectors have their own losses."""
    if task == "segmentation":
        return segmentation.compile_arguments(recipe, len(class_names))
    names = ("box_loss", "classification_loss", "jit_compile")
    return {name: getattr(model, name) for name in names} if hasattr(model, "classification_loss") else {}


def evaluate(task, model, source, config):
    """Returns a dict of the results of a trained model."""
    if task == "segmentation":
        batches = fit_data(build_evaluation(source, config))
        return {"mean_iou": model.evaluate(batches, return_dict=True, verbose=0)["mean_iou"]}
    results, image_ids = detection_results(model, source, config)
    if not results:
        return {"AP": 0.0, "AP50": 0.0}
    figures = coco_average_precision(evaluated_part(source.to_coco(), image_ids), results)
    return {name: figures[name] for name in ("AP", "AP50")}


def train(library, task, recipe, scenes, workdir):
    """Trains one head, and writes its weights to `workdir`.

    Args:
        library: String, a key of `BUILDERS`.
        task: `"segmentation"` or `"detection"`.
        recipe: `Recipe` of the task, with the initial weights and the size of the scenes.
        scenes: Integer, number of scenes in an epoch.
        workdir: `pathlib.Path` of an existing folder.

    Returns:
        Dict of the results, the number of parameters and the seconds of training.
    """
    source, test_source = SOURCES[task](recipe.data.image_size, scenes, TEST_SCENES, recipe.seed)
    steps = [len(epoch_plan(scenes, recipe.data, recipe.seed, epoch)) for epoch in range(recipe.epochs)]
    keras.utils.set_random_seed(recipe.seed)
    model = BUILDERS[library][task](recipe, source.class_names)
    optimizer = build_optimizer(at_rate(recipe, LEARNING_RATES.get((library, task))), steps)
    model.compile(optimizer=optimizer, **compile_arguments(model, task, recipe, source.class_names))
    start = time.monotonic()
    for epoch in range(recipe.epochs):
        batches = build_epoch(source, recipe.data, recipe.seed, epoch)
        if (library, task) in BATCHES:
            batches = batches.map(BATCHES[library, task])
        model.fit(fit_data(batches), initial_epoch=epoch, epochs=epoch + 1, verbose=2, shuffle=False)
    seconds = time.monotonic() - start
    weights = workdir / f"{library}_{task}.weights.h5"
    check_file(weights)
    with atomic_write(weights) as unfinished:
        model.save_weights(unfinished)
    figures = evaluate(task, model, test_source, recipe.data)
    return {**figures, "parameters": model.count_params(), "seconds": round(seconds)}


def at_rate(recipe, learning_rate):
    """Returns the recipe with another highest learning rate and the others in proportion, or unchanged for `None`."""
    if learning_rate is None:
        return recipe
    rates = recipe.schedule
    factor = learning_rate / rates.max_learning_rate
    names = ("max_learning_rate", "min_learning_rate", "warmup_learning_rate")
    return replace(recipe, schedule=replace(rates, **{name: factor * getattr(rates, name) for name in names}))


def shortened(recipe, options):
    """Returns the recipe with the budget of the command line."""
    recipe = replace(
        recipe,
        epochs=options.epochs,
        variants=(options.variant,),
        weights=options.weights,
        data=replace(recipe.data, image_size=options.size),
    )
    total = options.epochs * (options.scenes // recipe.data.batch_size)
    warmup = min(recipe.schedule.warmup_steps, total // 10)
    return replace(recipe, schedule=replace(recipe.schedule, warmup_steps=warmup))


def parse_arguments(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m training.interop", description=__doc__.splitlines()[0])
    parser.add_argument("--task", required=True, choices=sorted(SOURCES))
    parser.add_argument(
        "--libraries",
        nargs="+",
        default=list(BUILDERS),
        choices=list(BUILDERS),
        help="libraries to compare. Default: all",
    )
    parser.add_argument("--variant", default="mobilevitv3_xxs", help="id of a network")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--scenes", type=int, default=3000, help="number of scenes in an epoch")
    parser.add_argument("--size", type=int, default=128, help="height and width of the scenes in pixels")
    parser.add_argument("--weights", help="checkpoint of a classifier to start from. Default: random weights")
    parser.add_argument("--workdir", type=Path, required=True, help="folder for weights and figures")
    return parser.parse_args(arguments)


def main(arguments=None):
    """Runs the command and returns its exit code."""
    options = parse_arguments(arguments)
    recipe = shortened(find_recipe(f"digit_scenes_{options.task}"), options)
    options.workdir.mkdir(parents=True, exist_ok=True)
    for library in options.libraries:
        figures = train(library, options.task, recipe, options.scenes, options.workdir)
        line = json.dumps({"library": library, "task": options.task, **figures})
        with (options.workdir / "figures.jsonl").open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
        print(line, flush=True)
        keras.utils.clear_session()
    return 0
