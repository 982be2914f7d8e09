"""Trains a network by a recipe, or fine-tunes a network on your own data without a recipe.

    python -m training.train --recipe digits --workdir runs/digits
    python -m training.train --recipe imagenet1k_multi_head --variant mobilevitv3_xs --data imagenet2012 \
        --workdir runs/xs --strategy mirrored
    python -m training.train --task classification --data my_photos --variant mobilevitv3_xs --weights imagenet

The same command continues an interrupted run. The environment variable KERAS_BACKEND names the backend.
`training/README.md` lists the data sets that `--data` takes and the files that a run writes.
"""

import argparse
import json
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import keras

from keras_mobilevitv3 import list_variants
from training.batches.corrupt_images import CorruptImages, CorruptImagesError
from training.batches.evaluation import build_evaluation, evaluation_config
from training.batches.fit_data import fit_data
from training.batches.pipeline import build_epoch, epoch_plan
from training.callbacks import Throughput
from training.distribution import STRATEGIES, start_strategy
from training.distribution.synchronize_batch_norm import synchronize_batch_norm
from training.loop import fit
from training.optimizers import SGD, AdamW, WarmupCosine
from training.override import override
from training.recipes import find_recipe, list_recipes
from training.report_run import report_run
from training.resume.run_lock import WorkdirInUseError, run_lock
from training.resume.run_record import write_run_record
from training.resume.workdir import check_workdir
from training.settings import PRECISIONS, ClassificationRecipe, Recipe
from training.smoke import smoke
from training.tasks import TASKS, find_task


def train(recipe, variant, data, workdir, strategy, data_dir=None, callbacks=(), workers=0, task=None):
    """Trains a network, or continues an interrupted run in `workdir`. `training.loop.fit` lists the files of a run.

    Args:
        recipe: `Recipe`.
        variant: String, an id of the table, or a `BackboneConfig`.
        data: String, name or folder of the data set.
        workdir: String or `os.PathLike`, the folder of the run. The function creates the folder if it does not exist.
        strategy: `Strategy`.
        data_dir: String, the folder of TensorFlow Datasets, or `None` for the default folder of TensorFlow Datasets.
            Defaults to `None`.
        callbacks: Sequence of additional callbacks. Defaults to `()`.
        workers: Integer, number of processes that prepare batches. `0` for threads of this process. Defaults to `0`.
        task: `Task`, or `None` for the task of the recipe. Defaults to `None`.

    Returns:
        Dict of the metrics of the last epoch: `val_*` of the moving averages, `val_raw_*` of the weights.

    Raises:
        ValueError: If `workdir` belongs to another run.
        FileExistsError: If `workdir` is a file, or contains files that no run wrote and that this run would replace.
        WorkdirInUseError: If another process trains in `workdir`.
        CorruptImagesError: If too many images cannot be read, or no image of a batch can be read.
        CheckpointError, FloatingPointError, Interrupted: See `training.loop.fit`.
    """
    workdir, task = Path(workdir), task or find_task(recipe)
    if strategy.is_chief:
        check_workdir(workdir)
    train_source, validation = task.open_sources(data, data_dir, recipe)
    recipe = task.settings_for(recipe, train_source)
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

    throughput = Throughput()
    if strategy.is_chief:
        callbacks = (throughput, *callbacks)

    def epoch_data(epoch, first_step):
        batches = build_epoch(train_source, recipe.data, recipe.seed, epoch, first_step, corrupt=corrupt, **shared)
        throughput.batches = batches
        return fit_data(batches)

    with strategy.scope():
        model = strategy.distribute(task.build_model(recipe, variant, train_source.class_names))
        if recipe.synchronize_batch_norm and strategy.num_replicas > 1:
            synchronize_batch_norm(model, strategy.sum_over_replicas)
        compile_model(task, model, recipe, steps, len(train_source.class_names), strategy)
        evaluated = replace(recipe, data=evaluation_config(recipe.data, variant))
        evaluation = fit_data(build_evaluation(validation, evaluated.data, corrupt=also_corrupt, **shared))
        with ExitStack() as stack:
            if strategy.is_chief:  # not earlier: a run that fails to start leaves no files
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
                    monitor=task.monitor(recipe),
                    callbacks=lambda average: [*task.callbacks(evaluated, validation, average), *callbacks],
                )
            except Exception:
                for images in (corrupt, also_corrupt):
                    images.check()
                raise


def compile_model(task, model, recipe, steps, classes, strategy):
    """Compiles a model with the optimizer of a recipe and with the loss and the metrics of a task."""
    model.compile(
        optimizer=build_optimizer(recipe, steps),
        jit_compile=strategy.jit_compile,
        **task.compile_arguments(recipe, classes),
    )


def build_optimizer(recipe, steps):
    """Returns the optimizer of a recipe. `steps` is a list of integers, the number of steps of each epoch."""
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
        frozen_steps=sum(steps[: settings.frozen_epochs]),
    )


def parse_arguments(arguments=None, task=None):
    """Parses the command line.

    Args:
        arguments: List of strings, or `None` for the arguments of the process. Defaults to `None`.
        task: String, the name of a task, or `None` for any task. Defaults to `None`.

    Returns:
        `argparse.Namespace`. Its `recipe` is the `Recipe` with all changes of the command line.
    """
    noun = TASKS[task].noun if task else "network"
    program = f"python -m training.train{f'_{noun}' if task else ''}"
    recipes = ", ".join(list_recipes(TASKS[task].recipe_class if task else Recipe))
    data = "; ".join(f"for {each.name}: {each.data_help}" for each in TASKS.values() if task in (None, each.name))
    description = f"Trains a {noun} by a recipe, or fine-tunes a {noun} on your own data if --recipe is missing."
    parser = argparse.ArgumentParser(prog=program, description=description)
    parser.add_argument("--task", default=task, choices=TASKS, help="the task to fine-tune for, without --recipe")
    parser.add_argument("--recipe", help=f"all settings of a run: one of {recipes}. Default: fine-tuning on --data")
    parser.add_argument("--variant", help="id of the network. Default: the first network of the recipe")
    parser.add_argument("--data", help=f"data set; {data}")
    parser.add_argument("--data-dir", help="folder of TensorFlow Datasets")
    parser.add_argument(
        "--weights", help="weights to start from: published ones, such as imagenet, or a checkpoint file"
    )
    parser.add_argument("--workdir", help="folder of the run. Default: runs/DATA_VARIANT")
    parser.add_argument(
        "--class-weights", action="store_true", help="give rare classes more weight in the loss (classification)"
    )
    parser.add_argument(
        "--strategy", default="one", choices=STRATEGIES, help="devices of the run, see training/README.md. Default: one"
    )
    parser.add_argument(
        "--cpu-devices", type=int, help="number of virtual devices to divide the CPU into, for mirrored and jax"
    )
    parser.add_argument("--precision", choices=PRECISIONS, help="precision of the run. Default: that of the recipe")
    parser.add_argument(
        "--workers", type=int, default=0, help="number of processes that prepare images. Default: 0, threads instead"
    )
    parser.add_argument(
        "--report",
        action=argparse.BooleanOptionalAction,
        help="write a report with pictures and tables at the end. Default: only without --recipe, in one process",
    )
    parser.add_argument(
        "--smoke",
        action="store_true",
        help="try the run out: two short epochs of small images, about a minute on a CPU",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change a setting of the recipe, such as data.batch_size=64. May be repeated",
    )
    options = parser.parse_args(arguments)
    if options.task is None and options.recipe is None:
        parser.error(f"--recipe or --task must be given. --task is one of {', '.join(TASKS)}")
    options.fine_tuning = options.recipe is None
    try:
        options.recipe = _recipe(options)
    except ValueError as error:
        parser.error(str(error))
    recipe = options.recipe
    options.variant = options.variant or recipe.variants[0]
    if not list_variants(options.variant):
        parser.error(f"--variant must be an id of `keras-mobilevitv3 list`. Received: {options.variant}")
    options.data = options.data or recipe.default_data or (find_task(recipe).trial_data if options.smoke else None)
    if options.data is None:
        parser.error(f"--data must be given, because the recipe {recipe.name} has no default data set")
    trial = "_smoke" if options.smoke else ""
    options.workdir = options.workdir or f"runs/{Path(options.data).resolve().name}_{options.variant}{trial}"
    return options


def _recipe(options):
    """Returns the recipe with the changes of the command line."""
    kind = TASKS[options.task].recipe_class if options.task else Recipe
    recipe = find_recipe(options.recipe or f"fine_tune_{options.task}", kind)
    if options.weights:
        recipe = replace(recipe, weights=options.weights)
    recipe = smoke(recipe) if options.smoke else recipe
    recipe = override(recipe, options.set)
    if options.precision:
        recipe = replace(recipe, precision=options.precision)
    if options.class_weights:
        if not isinstance(recipe, ClassificationRecipe):
            raise ValueError(f"--class-weights is for classification. Received: --recipe {recipe.name}")
        recipe = replace(recipe, data=replace(recipe.data, balance_classes=True))
    return recipe


def _report(options):
    """Writes the report of a run, also of a run that was complete before."""
    card, export_command = report_run(options.recipe, options.variant, options.data, options.workdir, options.data_dir)
    print(f"Report: {card}\nTo export the network, type:\n  cd {options.workdir} && {export_command}")


def main(arguments=None, task=None):
    """Runs the command and returns its exit code. `task` is the name of the task to train, or `None` for any task."""
    options = parse_arguments(arguments, task)
    try:
        strategy = start_strategy(options.strategy, options.cpu_devices)
        if options.report is None:
            options.report = options.fine_tuning and strategy.num_processes == 1
        run = (options.recipe, options.variant, options.data, options.workdir, strategy)
        metrics = train(*run, data_dir=options.data_dir, workers=options.workers)
        if strategy.is_chief and metrics:
            print(json.dumps({name: value for name, value in metrics.items() if name.startswith("val_")}))
        if strategy.is_chief and options.report:
            _report(options)
    except (
        *(ValueError, OSError, ImportError, FloatingPointError),
        *(CorruptImagesError, WorkdirInUseError),
    ) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    strategy.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
