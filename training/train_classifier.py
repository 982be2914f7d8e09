"""Trains a classifier by a recipe.

    python -m training.train_classifier --recipe digits --workdir runs/digits
    python -m training.train_classifier --recipe imagenet1k_multi_head --variant mobilevitv3_xs \
        --data imagenet2012 --workdir runs/xs --strategy mirrored

The same command goes on where it was interrupted. The backend is that of the variable KERAS_BACKEND.
"""

import argparse
import json
import sys
from pathlib import Path

import keras
import tensorflow as tf

from keras_mobilevitv3 import build_classifier, list_variants
from training.checkpoints import CheckpointError
from training.data.corrupt_images import CorruptImages, CorruptImagesError
from training.data.evaluation import evaluation_dataset
from training.data.open_sources import open_sources
from training.data.pipeline import build_epoch, epoch_plan
from training.distribution import STRATEGIES, start_strategy
from training.distribution.synchronize_batch_norm import synchronize_batch_norm
from training.fit import fit
from training.optimizers import SGD, AdamW, WarmupCosine
from training.recipe import PRECISIONS, override, smoke
from training.recipes import find_recipe, list_recipes
from training.run_record import write_run_record


def train_classifier(recipe, variant, data, workdir, strategy, data_dir=None, callbacks=()):
    """Trains a classifier, or goes on with an interrupted run in `workdir`; see `training.fit.fit` for its files.

    Args:
        recipe: `Recipe`.
        variant: String, an id of the table, or a `BackboneConfig`.
        data: String, as for `open_sources`.
        workdir: String or `os.PathLike`, the folder of the run; it is made if it is not there.
        strategy: `Strategy`.
        data_dir: String, as for `open_sources`. Defaults to `None`.
        callbacks: Sequence of further callbacks. Defaults to `()`.

    Returns:
        Dict of the metrics of the last epoch: of the averages as `val_*`, of the weights as `val_raw_*`.

    Raises:
        ValueError: If `workdir` has another run.
        CorruptImagesError: If too many images cannot be read.
        CheckpointError, FloatingPointError, Interrupted: As `training.fit.fit`.
    """
    workdir = Path(workdir)
    train, validation = open_sources(data, data_dir)
    if strategy.is_chief:
        workdir.mkdir(parents=True, exist_ok=True)
        settings = {"variant": variant, "data": data, "num_replicas": strategy.num_replicas}
        write_run_record(workdir, recipe, **settings, strategy=type(strategy).__name__)
    keras.utils.set_random_seed(recipe.seed)
    keras.config.set_dtype_policy(recipe.precision)
    replicas = {"num_replicas": strategy.num_replicas, "replicas": strategy.replicas}
    corrupt, also_corrupt = (CorruptImages(len(each), recipe.data.max_corrupt_share) for each in (train, validation))
    steps = [
        len(epoch_plan(len(train), recipe.data, recipe.seed, epoch, strategy.num_replicas))
        for epoch in range(recipe.epochs)
    ]

    def epoch_data(epoch, first_step):
        return build_epoch(train, recipe.data, recipe.seed, epoch, first_step, corrupt=corrupt, **replicas)

    with strategy.scope():
        model = strategy.distribute(build_model(recipe, variant, len(train.class_names)))
        if recipe.synchronize_batch_norm and strategy.num_replicas > 1:
            synchronize_batch_norm(model, strategy.sum_over_replicas)
        compile_model(model, recipe, steps, len(train.class_names), strategy)
        evaluation = evaluation_dataset(validation, recipe.data, corrupt=also_corrupt, **replicas)
        try:
            return fit(model, recipe, steps, epoch_data, evaluation, strategy, workdir, callbacks=callbacks)
        except tf.errors.OpError:
            for images in (corrupt, also_corrupt):
                images.check()
            raise


def build_model(recipe, variant, classes):
    """The network of a recipe, for images of its one size, or of any size."""
    size = recipe.data.image_size if recipe.data.sampler == "fixed" else None
    if size != recipe.data.eval_image_size:
        size = None
    return build_classifier(
        variant,
        weights=recipe.weights,
        classes=classes,
        input_shape=(size, size, 3),
        classifier_activation=None,
    )


def compile_model(model, recipe, steps, classes, strategy):
    """Gives a model the optimizer, the loss and the metrics of a recipe."""
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
    optimizer = {"adamw": AdamW, "sgd": SGD}[settings.name](
        schedule,
        weight_decay=settings.weight_decay,
        decay_1d=settings.decay_1d,
        max_gradient_norm=settings.max_gradient_norm,
        learning_rate_multipliers=dict(settings.learning_rate_multipliers),
    )
    model.compile(
        optimizer=optimizer,
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing),
        weighted_metrics=classification_metrics(classes),
        jit_compile=strategy.jit_compile,
    )


def classification_metrics(classes):
    """Top-1 and top-5 accuracy of one-hot labels; the latter at most of as many as there are classes."""
    return [
        keras.metrics.CategoricalAccuracy(name="top1"),
        keras.metrics.TopKCategoricalAccuracy(min(5, classes), name="top5"),
    ]


def parse_arguments(arguments=None):
    """Arguments of the command line, with `recipe` the `Recipe` that they make."""
    parser = argparse.ArgumentParser(
        prog="python -m training.train_classifier", description="Trains a classifier by a recipe."
    )
    parser.add_argument("--recipe", required=True, help=f"one of {', '.join(list_recipes())}")
    parser.add_argument("--variant", help="id of a network; by default the first one of the recipe")
    parser.add_argument("--data", help="digits, a folder with train/ and val/, or a name of TensorFlow Datasets")
    parser.add_argument("--data-dir", help="folder of TensorFlow Datasets")
    parser.add_argument("--workdir", required=True, help="folder of the run")
    parser.add_argument("--strategy", default="one", choices=STRATEGIES, help="by default one device")
    parser.add_argument("--cpu-devices", type=int, help="virtual devices to make of the CPU, for mirrored and jax")
    parser.add_argument("--precision", choices=PRECISIONS, help="by default that of the recipe")
    parser.add_argument("--smoke", action="store_true", help="a trial of a minute on a CPU")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="changes a setting, as data.batch_size=64"
    )
    options = parser.parse_args(arguments)
    try:
        recipe = find_recipe(options.recipe)
        recipe = override(smoke(recipe) if options.smoke else recipe, options.set)
        if options.precision:
            recipe = override(recipe, [f"precision={options.precision}"])
    except ValueError as error:
        parser.error(str(error))
    options.recipe = recipe
    options.variant = options.variant or recipe.variants[0]
    if not list_variants(options.variant):
        parser.error(f"--variant must be an id of `keras-mobilevitv3 list`. Received: {options.variant}")
    options.data = options.data or recipe.default_data or ("digits" if options.smoke else None)
    if options.data is None:
        parser.error(f"--data must be given with --recipe {recipe.name}")
    return options


def main(arguments=None):
    """Runs the command; returns its exit code."""
    options = parse_arguments(arguments)
    try:
        strategy = start_strategy(options.strategy, options.cpu_devices)
        metrics = train_classifier(
            options.recipe, options.variant, options.data, options.workdir, strategy, options.data_dir
        )
    except (ValueError, FileNotFoundError, FloatingPointError, CheckpointError, CorruptImagesError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    if strategy.is_chief:
        print(json.dumps({name: value for name, value in metrics.items() if name.startswith("val_")}))
    strategy.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
