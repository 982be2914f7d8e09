"""What the programs that train classifiers, segmenters and detectors have in common."""

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import keras

from keras_mobilevitv3 import list_variants
from training.batches.corrupt_images import CorruptImages, CorruptImagesError
from training.batches.evaluation import build_evaluation, evaluation_config
from training.batches.fit_data import fit_data
from training.batches.pipeline import build_epoch, epoch_plan
from training.distribution import STRATEGIES, start_strategy
from training.distribution.synchronize_batch_norm import synchronize_batch_norm
from training.fit import fit
from training.optimizers import SGD, AdamW, WarmupCosine
from training.override import override
from training.recipe import PRECISIONS
from training.recipes import find_recipe, list_recipes
from training.run_lock import WorkdirInUseError, run_lock
from training.run_record import write_run_record
from training.smoke import smoke
from training.workdir import check_workdir


class Program(NamedTuple):
    """What training is about.

    Attributes:
        noun: String, `"classifier"` for example; the program is `training.train_<noun>`.
        recipe_class: Class of its recipes.
        data_help: String, what `--data` may be.
        trial_data: String, the data set of `--smoke` where none is named.
        open_sources: Callable of the name of the data set, the folder of TensorFlow Datasets or `None`, and the recipe;
            returns the sources of training and evaluation.
        build_model: Callable of the recipe, the variant and the names of the classes.
        compile_arguments: Callable of the recipe and the number of classes; returns a dict for `compile`, of what is
            neither the optimizer nor compilation.
        monitor: Callable of the recipe; returns the name of the metric that the best averages are chosen by.
        callbacks: Callable of the recipe, the source of evaluation and the `ExponentialMovingAverage`; returns a list
            of callbacks.
    """

    noun: str
    recipe_class: type
    data_help: str
    trial_data: str
    open_sources: Callable
    build_model: Callable
    compile_arguments: Callable
    monitor: Callable
    callbacks: Callable = lambda recipe, source, average: []


def train(program, recipe, variant, data, workdir, strategy, data_dir=None, callbacks=(), workers=0):
    """Trains a network, or goes on with an interrupted run in `workdir`; see `training.fit.fit` for its files.

    Args:
        program: `Program`.
        recipe: `Recipe` of the class that the program takes.
        variant: String, an id of the table, or a `BackboneConfig`.
        data: String, name or folder of the data set.
        workdir: String or `os.PathLike`, the folder of the run; it is made if it is not there.
        strategy: `Strategy`.
        data_dir: String, the folder where TensorFlow Datasets has its data sets, or `None` for its own choice. Defaults
            to `None`.
        callbacks: Sequence of further callbacks. Defaults to `()`.
        workers: Integer, processes that prepare batches; `0` for threads of this process. Defaults to `0`.

    Returns:
        Dict of the metrics of the last epoch: of the averages as `val_*`, of the weights as `val_raw_*`.

    Raises:
        ValueError: If `workdir` has another run.
        FileExistsError: If `workdir` is a file, or has files that no run wrote where this one would write.
        WorkdirInUseError: If another process trains in `workdir`.
        CorruptImagesError: If too many images cannot be read, or none of a batch.
        CheckpointError, FloatingPointError, Interrupted: As `training.fit.fit`.
    """
    workdir = Path(workdir)
    if strategy.is_chief:
        check_workdir(workdir)
    train_source, validation = program.open_sources(data, data_dir, recipe)
    keras.utils.set_random_seed(recipe.seed)
    keras.config.set_dtype_policy(recipe.precision)
    shared = {"num_replicas": strategy.num_replicas, "replicas": strategy.replicas, "workers": workers}
    corrupt, also_corrupt = (
        CorruptImages(len(each), recipe.data.max_corrupt_share) for each in (train_source, validation)
    )
    steps = [
        len(epoch_plan(len(train_source), recipe.data, recipe.seed, epoch, strategy.num_replicas))
        for epoch in range(recipe.epochs)
    ]

    def epoch_data(epoch, first_step):
        batches = build_epoch(train_source, recipe.data, recipe.seed, epoch, first_step, corrupt=corrupt, **shared)
        return fit_data(batches)

    with strategy.scope():
        model = strategy.distribute(program.build_model(recipe, variant, train_source.class_names))
        if recipe.synchronize_batch_norm and strategy.num_replicas > 1:
            synchronize_batch_norm(model, strategy.sum_over_replicas)
        compile_model(program, model, recipe, steps, len(train_source.class_names), strategy)
        evaluated = replace(recipe, data=evaluation_config(recipe.data, variant))
        evaluation = fit_data(build_evaluation(validation, evaluated.data, corrupt=also_corrupt, **shared))
        with ExitStack() as stack:
            if strategy.is_chief:  # only now, so that what could not begin leaves nothing behind
                workdir.mkdir(parents=True, exist_ok=True)
                stack.enter_context(run_lock(workdir))
                settings = {"variant": variant, "data": data, "num_replicas": strategy.num_replicas}
                write_run_record(workdir, recipe, **settings, strategy=type(strategy).__name__)
            try:
                return fit(
                    model,
                    recipe,
                    steps,
                    epoch_data,
                    evaluation,
                    strategy,
                    workdir,
                    monitor=program.monitor(recipe),
                    callbacks=lambda average: [*program.callbacks(evaluated, validation, average), *callbacks],
                )
            except Exception:
                for images in (corrupt, also_corrupt):
                    images.check()
                raise


def compile_model(program, model, recipe, steps, classes, strategy):
    """Gives a model the optimizer of a recipe, and the loss and the metrics of a program."""
    model.compile(
        optimizer=build_optimizer(recipe, steps),
        jit_compile=strategy.jit_compile,
        **program.compile_arguments(recipe, classes),
    )


def build_optimizer(recipe, steps):
    """The optimizer of a recipe, with its schedule for epochs of so many steps each."""
    settings = recipe.optimizer
    rates = recipe.schedule
    schedule = WarmupCosine(
        rates.max_learning_rate,
        rates.min_learning_rate,
        recipe.epochs,
        steps,
        rates.warmup_steps,
        rates.warmup_learning_rate,
    )
    return {"adamw": AdamW, "sgd": SGD}[settings.name](
        schedule,
        weight_decay=settings.weight_decay,
        decay_1d=settings.decay_1d,
        max_gradient_norm=settings.max_gradient_norm,
        learning_rate_multipliers=dict(settings.learning_rate_multipliers),
    )


def parse_arguments(program, arguments=None):
    """Arguments of the command line, with `recipe` the `Recipe` that they make."""
    parser = argparse.ArgumentParser(
        prog=f"python -m training.train_{program.noun}", description=f"Trains a {program.noun} by a recipe."
    )
    names = ", ".join(list_recipes(program.recipe_class))
    parser.add_argument("--recipe", required=True, help=f"one of {names}")
    parser.add_argument("--variant", help="id of a network; by default the first one of the recipe")
    parser.add_argument("--data", help=program.data_help)
    parser.add_argument("--data-dir", help="folder of TensorFlow Datasets")
    parser.add_argument("--workdir", required=True, help="folder of the run")
    parser.add_argument("--strategy", default="one", choices=STRATEGIES, help="by default one device")
    parser.add_argument("--cpu-devices", type=int, help="virtual devices to make of the CPU, for mirrored and jax")
    parser.add_argument("--precision", choices=PRECISIONS, help="by default that of the recipe")
    parser.add_argument("--workers", type=int, default=0, help="processes that prepare images; by default threads")
    parser.add_argument("--smoke", action="store_true", help="a trial of a minute on a CPU, from random weights")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="changes a setting, as data.batch_size=64"
    )
    options = parser.parse_args(arguments)
    try:
        recipe = find_recipe(options.recipe, program.recipe_class)
        recipe = override(smoke(recipe) if options.smoke else recipe, options.set)
        if options.precision:
            recipe = override(recipe, [f"precision={options.precision}"])
    except ValueError as error:
        parser.error(str(error))
    options.recipe = recipe
    options.variant = options.variant or recipe.variants[0]
    if not list_variants(options.variant):
        parser.error(f"--variant must be an id of `keras-mobilevitv3 list`. Received: {options.variant}")
    options.data = options.data or recipe.default_data or (program.trial_data if options.smoke else None)
    if options.data is None:
        parser.error(f"--data must be given with --recipe {recipe.name}")
    return options


def main(program, arguments=None):
    """Runs the command of a program; returns its exit code."""
    options = parse_arguments(program, arguments)
    try:
        strategy = start_strategy(options.strategy, options.cpu_devices)
        run = (options.recipe, options.variant, options.data, options.workdir, strategy)
        metrics = train(program, *run, data_dir=options.data_dir, workers=options.workers)
    except (ValueError, OSError, FloatingPointError, CorruptImagesError, WorkdirInUseError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    if strategy.is_chief and metrics:
        print(json.dumps({name: value for name, value in metrics.items() if name.startswith("val_")}))
    strategy.close()
    return 0
