"""The input of the benchmark of training: JPEG files in memory, and what the training pipeline takes for a batch."""

import statistics
import time

import keras
import numpy as np
import tensorflow as tf
from backend_device import BACKEND, synchronize
from step_settings import CLASSES

from training.batches.config import DataConfig
from training.batches.epoch_plan import epoch_order
from training.batches.pipeline import build_epoch

PIPELINE_START, PIPELINE_STEPS = 4, 32  # the first batches of an epoch take longer and are not timed


class EncodedSource:
    """JPEG files in memory of about the size of those of ImageNet, as a `Source`."""

    def __init__(self, count):
        rng = np.random.default_rng(0)
        self.files = tf.stack([self._file(rng) for _ in range(32)])
        self.labels = rng.integers(0, CLASSES, count)
        self.class_names = tuple(map(str, range(CLASSES)))

    def _file(self, rng):
        shades = tf.image.resize(rng.uniform(0, 255, (12, 16, 3)), (375, 500), "bicubic")
        return tf.io.encode_jpeg(tf.saturate_cast(shades + rng.normal(0, 16, shades.shape), tf.uint8), quality=90)

    def __len__(self):
        return len(self.labels)

    def references(self, seed=None, epoch=0):
        order = np.arange(len(self)) if seed is None else epoch_order(len(self), seed, epoch)
        samples = {"name": order.astype("str"), "label": self.labels[order], "index": order % len(self.files)}
        return tf.data.Dataset.from_tensor_slices(samples)

    def load(self, reference):
        return tf.gather(self.files, reference["index"])


def to_backend(batch):
    """The tensors of a batch as tensors of the backend, on its device."""
    if BACKEND == "tensorflow":
        return batch
    return tuple(keras.ops.convert_to_tensor(part.numpy()) for part in batch)


def measure_input(batch_size, size, rounds):
    """Seconds for a batch of the training pipeline, at work alone, and the last batch."""
    source = EncodedSource(batch_size * (PIPELINE_START + PIPELINE_STEPS))
    dataset = build_epoch(source, DataConfig(image_size=size, batch_size=batch_size, labels="one_hot"), 0, 0)
    times = []
    for _ in range(rounds):
        for step, batch in enumerate(dataset):
            to_backend(batch)
            if step == PIPELINE_START - 1:
                start = time.perf_counter()
        synchronize()
        times.append((time.perf_counter() - start) / PIPELINE_STEPS)
    return statistics.median(times), batch
