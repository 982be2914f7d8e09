"""The functions in which the batches of classification, segmentation and detection differ."""

from collections.abc import Callable
from typing import NamedTuple


class Samples(NamedTuple):
    """The functions that make the samples and batches of a task.

    A sample is a tuple of an image and its target. The target is a number, an array or a dict of arrays.

    Attributes:
        training_sample: Callable of a source, a reference, the size of the image, a `np.random.Generator` and the
            config. Returns an augmented sample.
        training_batch: Callable of a list of samples, a `np.random.Generator`, the config and the number of classes.
            Returns a batch for Keras, a tuple of images and targets.
        evaluation_sample: Callable of a source, a reference and the config. Returns a sample.
        evaluation_batch: Callable of a list of samples, a float32 array of their weights, the config and the number of
            classes. Returns a batch for Keras.
        blank_sample: Callable of the config and of a boolean, whether the sample is for an evaluation. Returns a black
            image and a target without an object.
    """

    training_sample: Callable
    training_batch: Callable
    evaluation_sample: Callable
    evaluation_batch: Callable
    blank_sample: Callable
