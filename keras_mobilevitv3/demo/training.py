"""Training of the demo's network."""

import os
import sys

import keras

from keras_mobilevitv3.classification.classifier import MobileViTV3XXS
from keras_mobilevitv3.demo.digits import ShiftedBatches

BATCH_SIZE = 64
PEAK_LEARNING_RATE = 2e-3
WEIGHT_DECAY = 0.01


def train_classifier(images, labels, epochs, seed):
    """Trains a MobileViTv3-XXS from random weights.

    Args:
        images: Uint8 array of shape `(count, height, width, 3)`, RGB, 0-255.
        labels: Integer array of shape `(count,)`, 0 to 9.
        epochs: Integer.
        seed: Integer, of the initial weights, the order of the images and dropout.

    Returns:
        The trained model, compiled with `"accuracy"`.
    """
    keras.utils.set_random_seed(seed)
    model = MobileViTV3XXS(weights=None, classes=10, input_shape=images.shape[1:])
    batches = ShiftedBatches(images, labels, BATCH_SIZE, seed)
    model.compile(
        optimizer=keras.optimizers.AdamW(learning_rate(epochs, len(batches)), weight_decay=WEIGHT_DECAY),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        # On a CPU, XLA takes longer to compile this training step than TensorFlow to train without; JAX has no choice.
        jit_compile=keras.backend.backend() == "jax",
    )
    # A bar that is redrawn is for terminals, and Keras colors it.
    bar = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    model.fit(batches, epochs=epochs, verbose=1 if bar else 2)
    return model


def learning_rate(epochs, steps_per_epoch):
    """One epoch of linear warm-up, then a cosine down to a hundredth of the peak."""
    return keras.optimizers.schedules.CosineDecay(
        PEAK_LEARNING_RATE / 10,
        decay_steps=max(epochs - 1, 1) * steps_per_epoch,
        alpha=0.01,
        warmup_target=PEAK_LEARNING_RATE,
        warmup_steps=steps_per_epoch,
    )
