"""How the batches of classification, segmentation and detection differ."""

from collections.abc import Callable
from typing import NamedTuple


class Samples(NamedTuple):
    """The functions that make the samples and batches of a task.

    A sample is a tuple of an image and its target. The target is a number, an array or a dict of arrays.

    Attributes:
        training_sample: Callable of a source, a reference, the size of the image, a `np.random.Generator` and the
            config; returns an augmented sample.
        training_batch: Callable of a list of samples, a `np.random.Generator`, the config and the number of classes;
            returns the batch as Keras takes it, a tuple of images and targets.
        evaluation_sample: Callable of a source, a reference and the config; returns a sample.
        evaluation_batch: Callable of a list of samples, their weights, a float32 array, the config and the number of
            classes; returns the batch as Keras takes it.
        blank_sample: Callable of the config and of a boolean, whether the sample is for an evaluation; returns a black
            image and a target without an object.
    """

    training_sample: Callable
    training_batch: Callable
    evaluation_sample: Callable
    evaluation_batch: Callable
    blank_sample: Callable
