"""What input pipelines of classification, segmentation and detection do differently."""

from collections.abc import Callable
from typing import NamedTuple


class Task(NamedTuple):
    """The functions that make the batches of a task.

    A sample is a tuple of an image and its target, each a tensor or a dict of tensors of one shape in all samples, but
    for images of changing size. They are called inside `tf.data`; a sample that fails counts as a corrupt image.

    Attributes:
        training_sample: Callable of a source, a reference, the size of the image, the seed of the sample and the
            config; returns an augmented sample.
        training_batch: Callable of batched samples, the seed of the batch, the config and the number of classes;
            returns the batch as Keras takes it, a tuple of images and targets.
        evaluation_sample: Callable of a source, a reference and the config; returns a sample.
        evaluation_batch: Callable of batched samples, their weights, the config and the number of classes; returns the
            batch as Keras takes it.
        padding: Callable of the config; returns the structure of a sample with the values that missing samples of an
            evaluation have everywhere.
    """

    training_sample: Callable
    training_batch: Callable
    evaluation_sample: Callable
    evaluation_batch: Callable
    padding: Callable
