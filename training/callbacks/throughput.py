import time

import keras


class Throughput(keras.callbacks.Callback):
    """Prints the images per second of each epoch, and whether the input or the computation is the limit.

    If the input is the limit, the training waits for images. Then more `--workers` or less augmentation help, and a
    faster device does not help.

    Attributes:
        batches: `Batches` of the current epoch. Set this attribute before `fit`.
    """

    def __init__(self):
        super().__init__()
        self.batches = None
        self._start = self._end = self._message = None

    def on_epoch_begin(self, epoch, logs=None):
        self._tell()

    def on_train_batch_begin(self, batch, logs=None):
        if self._start is None:
            self._start = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        self._end = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        """Computes the figures. They are printed later, below the progress bar, which ends after this method."""
        if self._start is None or self.batches is None:
            return
        seconds = max(self._end - self._start, 1e-9)
        share = min(self.batches.waited / seconds, 1.0)
        limit = "the input" if share > 0.5 else "the computation"
        self._message = (
            f"{self.batches.delivered / seconds:.1f} images/s; {share:.0%} of the time waiting for images: {limit} is "
            "the limit"
        )
        self._start = None

    def on_train_end(self, logs=None):
        self._tell()

    def _tell(self):
        if self._message:
            print(self._message)
        self._message = None
