"""The record of a task: everything that differs between classification, segmentation and detection."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Task:
    """A task of training.

    Attributes:
        name: String, the name of its file and the value of `--task`.
        noun: String, noun for a network of the task, such as `"classifier"`.
        recipe_class: Class of the recipes of the task.
        data_help: String, the values of `--data`.
        trial_data: String, the data set of `--smoke` if the command names none.
        open_sources: Callable of the name of the data set, the folder of TensorFlow Datasets or `None`, and the recipe.
            Returns the sources of training and evaluation.
        build_model: Callable of the recipe, the variant and the class names. Returns a Keras model.
        compile_arguments: Callable of the recipe and the number of classes. Returns a dict of arguments of `compile`:
            the loss and the metrics.
        monitor: Callable of the recipe. Returns the name of the metric that selects the best averages.
        evaluate: Callable of the recipe, the variant, the weights, the data set and the folder of TensorFlow Datasets.
            Returns a dict of the published figures.
        describe: Callable of the result of `evaluate`. Returns a string with the figures.
        facts: Callable of the recipe. Returns a dict of arguments of `TrainedRun`, for the report.
        scores: Callable of the recipe, the variant, the weights, the data set and the folder of TensorFlow Datasets.
            Returns a dict of arguments of `write_report`: the figures, and the scores of the classes.
        settings_for: Callable of the recipe and the source of training. Returns the recipe with the settings that
            depend on the data set. By default, returns the recipe unchanged.
        callbacks: Callable of the recipe, the source of evaluation and the `ExponentialMovingAverage`. Returns a list
            of callbacks. By default, returns no callbacks.
    """

    name: str
    noun: str
    recipe_class: type
    data_help: str
    trial_data: str
    open_sources: Callable
    build_model: Callable
    compile_arguments: Callable
    monitor: Callable
    evaluate: Callable
    describe: Callable
    facts: Callable
    scores: Callable
    settings_for: Callable = lambda recipe, source: recipe
    callbacks: Callable = lambda recipe, source, average: []
