"""Training of the classifier of the demo."""

import os
import sys
from typing import Any

import keras
import numpy as np

from keras_mobilevitv3.array_types import Model
from keras_mobilevitv3.classification.classifier import MobileViTV3XXS
from keras_mobilevitv3.demo.digits import ShiftedBatches

BATCH_SIZE = 64
PEAK_LEARNING_RATE = 2e-3
WEIGHT_DECAY = 0.01


def train_classifier(images: np.ndarray, labels: np.ndarray, epochs: int, seed: int) -> Model:
    """Trains a MobileViTv3-XXS from random weights.

    Args:
        images: Uint8 array of shape `(count, height, width, 3)`, RGB, 0-255.
        labels: Integer array of shape `(count,)`, 0 to 9.
        epochs: Integer, number of epochs.
        seed: Integer, seed of the initial weights, the order and shifts of the images, and dropout.

    Returns:
        The trained model, compiled with the metric `"accuracy"`.
    """
    keras.utils.set_random_seed(seed)
    model = MobileViTV3XXS(weights=None, classes=10, input_shape=images.shape[1:])
    batches = ShiftedBatches(images, labels, BATCH_SIZE, seed)
    model.compile(
        optimizer=keras.optimizers.AdamW(learning_rate(epochs, len(batches)), weight_decay=WEIGHT_DECAY),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        # On a CPU, TensorFlow finishes the training before XLA has compiled the training step. JAX needs compilation.
        jit_compile=keras.backend.backend() == "jax",
    )
    # The progress bar of Keras is colored and needs a terminal.
    progress_bar = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    model.fit(batches, epochs=epochs, verbose=1 if progress_bar else 2)
    return model


def learning_rate(epochs: int, steps_per_epoch: int) -> Any:
    """Returns a schedule: one epoch of linear warmup, then cosine decay to a hundredth of the peak.

    Args:
        epochs: Integer, number of epochs.
        steps_per_epoch: Integer, number of training steps per epoch.

    Returns:
        A `keras.optimizers.schedules.CosineDecay`.
    """
    return keras.optimizers.schedules.CosineDecay(
        PEAK_LEARNING_RATE / 10,
        decay_steps=max(epochs - 1, 1) * steps_per_epoch,
        alpha=0.01,
        warmup_target=PEAK_LEARNING_RATE,
        warmup_steps=steps_per_epoch,
    )
