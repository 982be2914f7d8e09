"""The training loop: `Model.fit` epoch by epoch, with logs and checkpoints. Continues interrupted runs."""

import csv
import logging
from itertools import accumulate

import keras

from keras_mobilevitv3.atomic_write import atomic_write
from training.callbacks import (
    ExponentialMovingAverage,
    LogLearningRate,
    OneTraining,
    SaveBest,
    SaveCheckpoints,
    StopOnNaN,
    write_weights,
)
from training.resume.checkpoints import Checkpoints
from training.resume.run_state import RunState

logger = logging.getLogger(__name__)


def fit(model, recipe, epoch_steps, epoch_data, validation_data, strategy, workdir, monitor="val_top1", callbacks=None):
    """Trains a compiled model by a recipe, or continues the run in `workdir`.

    The function writes these files to `workdir`:

    - `checkpoints/` and `log.csv`;
    - `logs/` for TensorBoard, if the packages tensorflow and tensorboard are installed;
    - `best.weights.h5`, the moving averages with the best metric;
    - at the end `last.weights.h5`, the last averages, and `last_raw.weights.h5`, the last weights.

    `weights=` of a model takes the weights files.

    Args:
        model: Compiled Keras model of `Strategy.distribute`.
        recipe: `Recipe`.
        epoch_steps: List of integers, number of steps of each epoch.
        epoch_data: Function that takes an epoch and a first step, both from 0. It returns the data of this and the
            following steps of the epoch, as `fit_data` returns data.
        validation_data: Data that `fit_data` returned. They are evaluated after each epoch, with the averages and with
            the weights.
        strategy: `Strategy`.
        workdir: `pathlib.Path` of an existing folder.
        monitor: String, the metric that selects the best averages: the lowest loss, or the highest value of another
            metric. Defaults to `"val_top1"`.
        callbacks: Function that takes the `ExponentialMovingAverage` and returns a list of additional callbacks, or
            `None`. `monitor` may be a metric that these callbacks add to the logs of an epoch. Defaults to `None`.

    Returns:
        Dict of the metrics of the last epoch. The dict is empty if the run was already complete.

    Raises:
        CheckpointError: If a checkpoint cannot be written, or belongs to another run.
        FloatingPointError: If the loss is not finite.
        Interrupted: After SIGINT or SIGTERM, when a checkpoint is written.
    """
    model.optimizer.build(model.trainable_variables)
    average = ExponentialMovingAverage(recipe.average_momentum, raw_validation_data=validation_data)
    average.set_model(model)
    average.start()
    best = SaveBest(workdir / "best.weights.h5", average, monitor, write=strategy.is_chief)
    checkpoints, state = Checkpoints(workdir / "checkpoints"), RunState(model, average, strategy, recipe.seed)
    save = SaveCheckpoints(checkpoints, state, recipe.checkpoint_steps, strategy, best.position)
    if strategy.is_chief:
        checkpoints.remove_unfinished()
    epoch, step, arrays = _resume(checkpoints, state, best, recipe.epochs)
    logs = _log_writers(workdir, epoch) if strategy.is_chief else []
    others = callbacks(average) if callbacks else []
    every = [average, StopOnNaN(), *others, best, LogLearningRate(), *logs, save]
    training = OneTraining(every, model, verbose=int(strategy.is_chief), epochs=recipe.epochs)
    # Before, the averages hold much of the first weights, and no result counts as no better.
    needed = recipe.schedule.warmup_steps + 1 / recipe.average_momentum
    settled = sum(total < needed for total in accumulate(epoch_steps))
    with save.listening():
        try:
            for number in range(epoch, recipe.epochs):
                if recipe.patience and number > max(best.epoch, settled) + recipe.patience:
                    print(f"No better {monitor} in {recipe.patience} epochs: the run ends.")
                    break
                first = step if number == epoch else 0
                if first >= epoch_steps[number]:  # interrupted between the last step and the end of its epoch
                    training.set_steps(epoch_steps[number])
                    _end_epoch(model, number, state, arrays, validation_data, training)
                    continue
                save.begin(number, first, arrays if first else None)
                training.set_steps(epoch_steps[number] - first)
                model.fit(
                    epoch_data(number, first),
                    initial_epoch=number,
                    epochs=number + 1,
                    validation_data=validation_data,
                    callbacks=training,
                    shuffle=False,
                )
        finally:
            training.close()
        write_weights(model, average, workdir / "last.weights.h5", strategy.is_chief)
        write_weights(model, None, workdir / "last_raw.weights.h5", strategy.is_chief)
    history = model.history.history if getattr(model, "history", None) else {}
    return {name: values[-1] for name, values in history.items()}


def _end_epoch(model, epoch, state, arrays, validation_data, training):
    """Ends an epoch as `Model.fit` does: validates, and calls the callbacks with the metrics of the epoch."""
    training.on_train_begin()
    training.on_epoch_begin(epoch)
    validated = model.evaluate(validation_data, callbacks=training, return_dict=True)
    model.reset_metrics()  # the evaluation has made the variables of the metrics
    state.add_metrics(arrays)
    metrics = keras.tree.map_structure(
        lambda value: float(keras.ops.convert_to_numpy(value)), model.get_metrics_result()
    )
    training.on_epoch_end(epoch, {**metrics, **{f"val_{name}": value for name, value in validated.items()}})


def _resume(checkpoints, state, best, epochs):
    """Restores the newest checkpoint. Returns its epoch, step and arrays, or 0, 0 and `None` without a checkpoint."""
    loaded = checkpoints.load()
    if loaded is None:
        return 0, 0, None
    position, arrays = loaded
    state.restore(arrays)
    best.go_on(position)
    if position["epoch"] < epochs:
        print(f"Continuing from epoch {position['epoch'] + 1}, step {position['step']}.")
    else:
        print(f"The run is complete: all {epochs} epochs are trained.")
    return position["epoch"], position["step"], arrays


def _log_writers(workdir, epoch):
    path = workdir / "log.csv"
    _forget_epochs(path, epoch)
    writers = [keras.callbacks.CSVLogger(str(path), append=True)]
    try:  # `keras.callbacks.TensorBoard` imports both packages later, on every backend
        import tensorboard  # noqa: F401
        import tensorflow  # noqa: F401
    except ImportError:
        logger.warning("No logs for TensorBoard: the packages tensorflow and tensorboard are not installed.")
        return writers
    return [*writers, keras.callbacks.TensorBoard(str(workdir / "logs"), write_graph=False)]


def _forget_epochs(path, first):
    """Removes from a CSV log the epochs from `first` on, because the run trains these epochs again."""
    if not path.exists():
        return
    with open(path, newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file)) or [[]]
    with atomic_write(path) as unfinished, open(unfinished, "w", newline="", encoding="utf-8") as file:
        kept = [row for row in rows if row and int(row[0]) < first]
        csv.writer(file).writerows([header, *kept] if header else [])
