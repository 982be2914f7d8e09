import keras

from keras_mobilevitv3.atomic_write import atomic_write


class SaveBest(keras.callbacks.Callback):
    """Writes the moving averages of the weights whenever a metric is better than ever before.

    Args:
        path: `pathlib.Path` of a `.weights.h5` file.
        average: `ExponentialMovingAverage` of the same `fit`, or `None` to write the weights themselves.
        monitor: String, a metric of which more is better. Defaults to `"val_top1"`.
        write: Boolean; without it only the best value is kept, as in all processes but one. Defaults to `True`.

    Attributes:
        best: Float, the best value so far, or `None`. Set it to go on from a former run.
    """

    def __init__(self, path, average=None, monitor="val_top1", write=True):
        super().__init__()
        self.path = path
        self.average = average
        self.monitor = monitor
        self.write = write
        self.best = None

    def on_epoch_end(self, epoch, logs=None):
        value = (logs or {}).get(self.monitor)
        if value is None or (self.best is not None and value <= self.best):
            return
        self.best = float(value)
        if self.write:
            write_weights(self.model, self.average, self.path)


def write_weights(model, average, path):
    """Writes the averages, or without them the weights, to a `.weights.h5` file, whole or not at all."""
    with atomic_write(path) as unfinished:
        if average is None:
            model.save_weights(unfinished)
        else:
            with average.averaged():
                model.save_weights(unfinished)
