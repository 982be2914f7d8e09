from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import keras

from keras_mobilevitv3.atomic_write import atomic_write


class SaveBest(keras.callbacks.Callback):
    """Writes the moving averages of the weights when a metric reaches a new best value.

    Args:
        path: `pathlib.Path` of a `.weights.h5` file.
        average: `ExponentialMovingAverage` of the same `fit`, or `None` to write the weights themselves.
        monitor: String, name of the metric. The lowest value is best for names that end in `loss`, the highest value
            for other names. Defaults to `"val_top1"`.
        write: Boolean, whether this process writes. One of all processes must write. Defaults to `True`.

    Attributes:
        best: Float, the best value so far, or `None`.
        epoch: Integer, the epoch of the best value, from 0; `-1` if there is none.
    """

    def __init__(self, path, average=None, monitor="val_top1", write=True):
        super().__init__()
        self.path = path
        self.average = average
        self.monitor = monitor
        self.write = write
        self.best = None
        self.epoch = -1

    def position(self):
        """Returns the state for a checkpoint, a dict for JSON."""
        return {"best": self.best, "best_epoch": self.epoch}

    def go_on(self, position):
        """Continues from the `position` of an earlier run."""
        self.best, self.epoch = position["best"], position["best_epoch"]

    def on_epoch_end(self, epoch, logs=None):
        value = (logs or {}).get(self.monitor)
        if value is None or (self.best is not None and not self._is_better(value)):
            return
        self.best, self.epoch = float(value), epoch
        write_weights(self.model, self.average, self.path, self.write)

    def _is_better(self, value):
        return value < self.best if self.monitor.endswith("loss") else value > self.best


def write_weights(model, average, path, write=True):
    """Writes the averages, or the weights if `average` is `None`, to a `.weights.h5` file, completely or not at all.

    All processes must call this function, because JAX reads weights in all processes at once. On JAX, the files of
    processes without `write` are deleted.
    """
    if not write and keras.backend.backend() != "jax":
        return
    with (
        nullcontext() if average is None else average.averaged(),
        TemporaryDirectory() as scratch,
        atomic_write(path if write else Path(scratch) / path.name) as unfinished,
    ):
        model.save_weights(unfinished)
