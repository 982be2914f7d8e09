"""A program for the tests: trains tiny networks on digits, or on scenes of them, and tells the losses.

python -m tests.training.train_tiny WORKDIR --tasks classifier --strategy mirrored --cpu-devices 2
"""

import argparse
import json
import os
import signal
import sys
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from unittest.mock import patch

import keras
import numpy as np

from tests.tiny_networks import SHALLOW
from tests.training.distribution import train_subclass
from tests.training.one_device import OneDevice
from training import loop
from training.distribution import start_strategy
from training.recipes import find_recipe
from training.settings import ScheduleConfig
from training.sources import open_sources
from training.tasks import TASKS
from training.tasks.segmentation import SEGMENTATION, build_model
from training.train import train

STEPS = 5  # of an epoch
SCENES = {"train_count": STEPS * 16, "test_count": 40}
RUNS = {
    "classifier": (TASKS["classification"], "digits", {"label_smoothing": 0.1}),
    "segmenter": (
        replace(SEGMENTATION, build_model=partial(build_model, dropout=0.0)),
        "digit_scenes_segmentation",
        {},
    ),
    "detector": (
        TASKS["detection"],
        "digit_scenes_detection",
        {"monitor": "val_loss", "schedule": ScheduleConfig(1e-3, 1e-3)},
    ),
}


class Losses(keras.callbacks.Callback):
    """The loss of each step."""

    def __init__(self):
        super().__init__()
        self.values = []

    def on_train_batch_end(self, batch, logs=None):
        self.values.append(float(logs["loss"]))


class DieAt(keras.callbacks.Callback):
    """Ends a run at a moment of its second epoch, by a function that kills the process or raises an error."""

    MOMENTS = ("validation", "between epochs", "end of an epoch", "checkpoint", "last weights")

    def __init__(self, moment, die):
        super().__init__()
        self.moment = moment
        self.die = die
        self.epoch = 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch
        if self.moment == "between epochs" and epoch == 1:
            self.die()

    def on_test_batch_end(self, batch, logs=None):
        if self.moment == "validation" and self.epoch == 1:
            self.die()

    def on_epoch_end(self, epoch, logs=None):
        if self.moment == "end of an epoch" and epoch == 1:
            self.die()

    @contextmanager
    def in_writes(self):
        """Context in which a write ends the run in its middle."""

        def savez(file, **arrays):
            write(file, **arrays)
            if self.moment == "checkpoint" and self.epoch == 1:
                file.truncate(1000)
                self.die()

        def write_weights(model, average, path, write):
            if self.moment == "last weights":
                path.with_name(f"{'0' * 32}.{path.name}").write_text("half")
                self.die()
            write_whole(model, average, path, write)

        write, write_whole = np.savez, loop.write_weights
        with patch.object(np, "savez", savez), patch.object(loop, "write_weights", write_weights):
            yield


class SignalAfter(keras.callbacks.Callback):
    """Sends a signal to this process after so many steps."""

    def __init__(self, number, steps):
        super().__init__()
        self.number = number
        self.steps = steps

    def on_train_batch_end(self, batch, logs=None):
        self.steps -= 1
        if self.steps == 0:
            signal.raise_signal(self.number)


def recipe(name, batch_size, checkpoint_steps=3, **settings):
    small = find_recipe(name)
    data = replace(small.data, image_size=32, batch_size=batch_size, eval_batch_size=batch_size, max_steps=STEPS)
    if name == "digits":
        data = replace(data, eval_resize_size=32, eval_image_size=32)
    settings = {"schedule": ScheduleConfig(1e-4, 1e-5, 1e-5, 5), **settings}  # rounding moves the loss little
    return replace(small, data=data, synchronize_batch_norm=True, checkpoint_steps=checkpoint_steps, **settings)


def train_tiny(
    workdir,
    task="classifier",
    strategy=None,
    batch_size=16,
    epochs=1,
    dropout=0.0,
    callbacks=(),
    precision="float32",
    checkpoint_steps=3,
):
    """Trains a network for a task, or goes on with it.

    Returns:
        The loss of each step, and the metrics of the last epoch.
    """
    record, name, settings = RUNS[task]
    settings = {"epochs": epochs, "precision": precision, "checkpoint_steps": checkpoint_steps, **settings}
    small, losses = recipe(name, batch_size, **settings), Losses()
    network = replace(SHALLOW["multi_head"], dropout=dropout)
    arguments = (small.default_data, workdir, strategy or OneDevice())
    with patch.dict(open_sources.SCENES, SCENES):
        metrics = train(small, network, *arguments, callbacks=[losses, *callbacks], task=record)
    return losses.values, metrics


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("workdir", type=Path, help="gets a folder for each task")
    parser.add_argument("--tasks", nargs="+", choices=[*RUNS, "subclass"], default=["classifier"])
    parser.add_argument("--strategy", default="one")
    parser.add_argument("--cpu-devices", type=int)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--kill-after", type=int, help="steps after which the process kills itself")
    parser.add_argument("--kill-at", choices=DieAt.MOMENTS, help="moment at which the process kills itself")
    parser.add_argument("--checkpoint-steps", type=int, default=3)
    options = parser.parse_args()
    one = options.strategy == "one"
    strategy = OneDevice() if one else start_strategy(options.strategy, options.cpu_devices)
    callbacks = [SignalAfter(signal.SIGKILL, options.kill_after)] if options.kill_after else []
    writes = nullcontext()
    if options.kill_at:
        callbacks.append(DieAt(options.kill_at, lambda: os.kill(os.getpid(), signal.SIGKILL)))
        writes = callbacks[-1].in_writes()
    for task in options.tasks:
        settings = (options.batch_size, options.epochs, options.dropout, callbacks)
        with writes:
            if task == "subclass":
                losses, metrics = [], train_subclass.tell(strategy)
            else:
                losses, metrics = train_tiny(
                    options.workdir / task, task, strategy, *settings, checkpoint_steps=options.checkpoint_steps
                )
        if strategy.is_chief:
            told = {"task": task, "losses": losses, "metrics": metrics}
            print("\n" + json.dumps(told), flush=True)  # after the progress bar
    strategy.close()


if __name__ == "__main__":
    sys.exit(main())
