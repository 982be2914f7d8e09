"""Classification: one label per image with a softmax, or several labels per image with sigmoids."""

from dataclasses import replace

import keras
import numpy as np

from keras_mobilevitv3 import build_classifier
from keras_mobilevitv3.datasets import published_dataset
from training.batches.class_weights import with_class_weights
from training.batches.evaluation import build_evaluation, evaluation_config
from training.batches.fit_data import fit_data
from training.report.class_scores import per_label
from training.report.confusion_matrix import confusion_matrix
from training.settings import ClassificationRecipe
from training.sources.open_sources import open_sources
from training.tasks.task import Task
from training.tasks.trained_head import trained_head


def build_model(recipe, variant, class_names):
    """Builds the network of a recipe, which returns logits.

    The input has the size of the images if training and evaluation have the same fixed size, and any size otherwise.
    """
    size = recipe.data.image_size if recipe.data.sampler == "fixed" else None
    if size != recipe.data.evaluation_size:
        size = None
    arguments = {"input_shape": (size, size, 3), "classifier_activation": None}
    published = published_dataset(recipe.weights, "classifier")
    if published is None or len(class_names) == published.classes:
        return build_classifier(variant, weights=recipe.weights, classes=len(class_names), **arguments)
    model = build_classifier(variant, weights=None, classes=len(class_names), **arguments)
    pretrained = build_classifier(variant, weights=recipe.weights, **arguments)
    for layer, trained in zip(model.layers[:-1], pretrained.layers[:-1], strict=True):  # all but the classifier
        layer.set_weights(trained.get_weights())
    return model


def settings_for(recipe, source):
    """Returns the recipe with the settings that depend on the data set: several labels, and class weights."""
    if getattr(getattr(source, "labels", None), "ndim", 1) == 2:
        recipe = replace(recipe, data=replace(recipe.data, labels="several"))
    return replace(recipe, data=with_class_weights(recipe.data, source))


def _without_class_weights(recipe):
    """Returns the recipe for an evaluation, whose images may lack classes."""
    return replace(recipe, data=replace(recipe.data, balance_classes=False, class_weights=()))


def compile_arguments(recipe, classes):
    """Returns the loss and the metrics. Images with several labels get a sigmoid for each class, others a softmax."""
    if recipe.data.labels == "several":
        return {
            "loss": keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing),
            "weighted_metrics": [
                keras.metrics.AUC(curve="PR", name="mean_ap", multi_label=True, num_labels=classes, from_logits=True),
                keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy"),
            ],
        }
    return {
        "loss": keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing),
        "weighted_metrics": [
            keras.metrics.CategoricalAccuracy(name="top1"),
            keras.metrics.TopKCategoricalAccuracy(min(5, classes), name="top5"),
        ],
    }


def evaluate(recipe, variant, weights, data, data_dir=None):
    """Evaluates a classifier on the evaluation split of a data set.

    Args:
        recipe: `ClassificationRecipe`. Its resize, crop and batch size of the evaluation are used.
        variant: String, an id of the table, or a `BackboneConfig`.
        weights: String or `os.PathLike`, see `weights` of `build_classifier`.
        data: String, name or folder of the data set.
        data_dir: String, the folder of TensorFlow Datasets, or `None`. Defaults to `None`.

    Returns:
        Dict of `top1` and `top5`, in [0, 1], and `images`, the number of images. With several labels per image,
        `mean_ap` and `accuracy` replace `top1` and `top5`.
    """
    _, validation = open_sources(data, data_dir, recipe)
    recipe = settings_for(_without_class_weights(recipe), validation)
    with trained_head(weights, len(validation.class_names)):
        model = build_model(replace(recipe, weights=str(weights)), variant, validation.class_names)
    arguments = compile_arguments(recipe, len(validation.class_names))
    model.compile(**arguments)
    batches = build_evaluation(validation, evaluation_config(recipe.data, variant))
    result = model.evaluate(fit_data(batches), return_dict=True, verbose=0)
    images = min(len(validation), len(batches) * recipe.data.eval_batch_size)
    return {metric.name: result[metric.name] for metric in arguments["weighted_metrics"]} | {"images": images}


def describe(result):
    """Returns one line of text with the result of `evaluate`."""
    names = {"top1": "top-1", "top5": "top-5", "mean_ap": "mean average precision", "accuracy": "accuracy"}
    figures = [f"{names[name]} {value:.2%}" for name, value in result.items() if name in names]
    return "   ".join([*figures, f"{result['images']} images"])


def facts(recipe):
    """Returns the facts of the network for the report of a run."""
    several = recipe.data.labels == "several"
    return {"head": "classifier", "image_size": recipe.data.evaluation_size, "several_labels": several}


def scores(recipe, variant, weights, data, data_dir=None):
    """Returns the confusion matrix of a classifier, or the scores of each class with several labels per image.

    The arguments are those of `evaluate`.
    """
    _, validation = open_sources(data, data_dir, recipe)
    recipe = settings_for(_without_class_weights(recipe), validation)
    model = build_model(replace(recipe, weights=str(weights)), variant, validation.class_names)
    labels, logits = [], []
    for images, targets, counted in build_evaluation(validation, evaluation_config(recipe.data, variant)):
        labels.append(targets[counted > 0])
        logits.append(model.predict_on_batch(images)[counted > 0])
    labels, logits = np.concatenate(labels), np.concatenate(logits)
    if recipe.data.labels == "several":
        return {"rows": per_label(labels, logits > 0, validation.class_names)}
    labels = labels if recipe.data.labels == "int" else labels.argmax(axis=-1)
    return {"matrix": confusion_matrix(labels, logits.argmax(axis=-1), len(validation.class_names))}


CLASSIFICATION = Task(
    name="classification",
    noun="classifier",
    recipe_class=ClassificationRecipe,
    data_help="digits, digit_scenes, a folder of class folders or with a table of labels, or the name of a data set of "
    "TensorFlow Datasets",
    trial_data="digits",
    open_sources=open_sources,
    build_model=build_model,
    compile_arguments=compile_arguments,
    monitor=lambda recipe: "val_mean_ap" if recipe.data.labels == "several" else "val_top1",
    evaluate=evaluate,
    describe=describe,
    facts=facts,
    scores=scores,
    settings_for=settings_for,
)
