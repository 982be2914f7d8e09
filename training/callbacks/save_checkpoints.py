import signal
import threading
from contextlib import contextmanager

import keras

from training.callbacks.sync_variables import sync_variables

AGREE_EVERY = 10  # number of steps from one agreement of the processes about stopping to the next


class Interrupted(SystemExit):
    """A signal stopped the run after a checkpoint was written."""


class SaveCheckpoints(keras.callbacks.Callback):
    """Writes checkpoints every `every` steps and after each epoch. After a signal, writes one and stops the run.

    Put this callback last, so that the other callbacks have finished an epoch when its checkpoint is written.

    Args:
        checkpoints: `Checkpoints`.
        state: `RunState`.
        every: Integer, number of steps from one checkpoint to the next.
        strategy: `Strategy`.
        position: Function without arguments that returns additional entries of the position, a dict for JSON, or
            `None`. Defaults to `None`.

    Raises:
        Interrupted: In `fit`, after a signal, when the checkpoint is written.
    """

    def __init__(self, checkpoints, state, every, strategy, position=None):
        super().__init__()
        self.checkpoints = checkpoints
        self.state = state
        self.every = every
        self.strategy = strategy
        self.position = position or dict
        self.epoch = self.first_step = 0
        self.resumed = None
        self._stop = False

    def begin(self, epoch, first_step, resumed=None):
        """Sets the start of the next `fit`. `resumed` has the arrays of a checkpoint in the middle of an epoch."""
        self.epoch, self.first_step, self.resumed = epoch, first_step, resumed

    @contextmanager
    def listening(self):
        """Returns a context in which SIGINT (Ctrl-C) and SIGTERM stop the run after the current step.

        A second SIGINT stops the run at once.
        """
        if threading.current_thread() is not threading.main_thread():  # only the main thread may set handlers
            yield
            return
        before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, number, frame):
        self._stop = True
        print("\nStopping after this step. Press Ctrl-C to stop at once, without a checkpoint.", flush=True)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def on_train_batch_begin(self, batch, logs=None):
        if batch == 0:
            self.state.begin_steps(self.epoch, self.resumed)

    def on_train_batch_end(self, batch, logs=None):
        if self.resumed is not None:
            sync_variables(self.model)
            self.state.add_metrics(self.resumed)
            self.resumed = None
        step = self.first_step + batch + 1
        stop = self._must_stop(step)
        if stop or step % self.every == 0:
            self._save(self.epoch, step)
        if stop:
            raise Interrupted(
                f"Stopped in epoch {self.epoch + 1} after step {step}. The same command continues from there."
            )

    def on_epoch_end(self, epoch, logs=None):
        self._save(epoch + 1, 0)
        if self._must_stop(0):
            raise Interrupted(f"Stopped after epoch {epoch + 1}. The same command continues from there.")

    def _must_stop(self, step):
        if self.strategy.num_processes == 1:
            return self._stop
        return step % AGREE_EVERY == 0 and self.strategy.any(self._stop)

    def _save(self, epoch, step):
        sync_variables(self.model)
        arrays = self.state.arrays()
        if self.strategy.is_chief:
            position = {"epoch": epoch, "step": step, **self.position()}
            iterations = int(keras.ops.convert_to_numpy(self.model.optimizer.iterations))
            self.checkpoints.save(iterations, position, arrays)
