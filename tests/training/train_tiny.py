"""A program for the tests: trains a tiny network on digits, or on scenes of them, and tells each step's loss.

python -m tests.training.train_tiny WORKDIR --task segmenter --strategy mirrored --cpu-devices 2 --batch-size 8
"""

import argparse
import json
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import keras

from tests.tiny_networks import TINY
from training import train_classifier, train_detector, train_segmenter
from training.callbacks import Interrupted
from training.data import open_sources
from training.distribution import start_strategy
from training.program import train
from training.recipe import ScheduleConfig
from training.recipes import find_recipe

STEPS, EPOCHS = 10, 2
SEGMENTER = train_segmenter.PROGRAM._replace(build_model=partial(train_segmenter.build_model, dropout=0.0))
TASKS = {
    "classifier": (train_classifier.PROGRAM, "digits", {"label_smoothing": 0.1}),
    "segmenter": (SEGMENTER, "digit_scenes_segmentation", {}),
    "detector": (train_detector.PROGRAM, "digit_scenes_detection", {"monitor": "val_loss"}),
}


class Teller(keras.callbacks.Callback):
    """Prints the number and the loss of each step."""

    def on_train_batch_end(self, batch, logs=None):
        print("\n" + json.dumps({"loss": float(logs["loss"])}), flush=True)  # after the progress bar


def recipe(name, batch_size, settings):
    small = find_recipe(name)
    data = replace(small.data, image_size=32, batch_size=batch_size, eval_batch_size=batch_size, max_steps=STEPS)
    if name == "digits":
        data = replace(data, eval_resize_size=32, eval_image_size=32)
    return replace(
        small,
        epochs=EPOCHS,
        data=data,
        # A loss that rounding moves as little as may be.
        schedule=ScheduleConfig(1e-4, 1e-5, 1e-5, 5),
        synchronize_batch_norm=True,
        checkpoint_steps=3,
        **settings,
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("workdir", type=Path)
    parser.add_argument("--task", choices=TASKS, default="classifier")
    parser.add_argument("--strategy", default="one")
    parser.add_argument("--cpu-devices", type=int)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--dropout", type=float, default=0.0)
    options = parser.parse_args()
    open_sources.SCENES.update(train_count=STEPS * 16, test_count=40)
    strategy = start_strategy(options.strategy, options.cpu_devices)
    network = replace(TINY["multi_head"], dropout=options.dropout)
    tell = [Teller()] if strategy.is_chief else []
    program, name, settings = TASKS[options.task]
    small = recipe(name, options.batch_size, settings)
    try:
        metrics = train(program, small, network, small.default_data, options.workdir, strategy, callbacks=tell)
    except Interrupted as stop:
        print(stop, file=sys.stderr)
        return 75
    if strategy.is_chief:
        (options.workdir / "metrics.json").write_text(json.dumps(metrics))
    strategy.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
